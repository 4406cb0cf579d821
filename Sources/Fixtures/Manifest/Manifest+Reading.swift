import Container
import FoundationEssentials
import Media

extension Manifest {
    /// The only version of the format.
    static let version = 1
    static let standardGoldenFolder = "golden"
    static let standardGoldenMediaBytes = 1_000_000
    private static let maximumSize = 16 << 20
    private static let keys = ["version", "golden", "renditions", "fixtures"]
    private static let entryKeys = ["path", "name", "from", "to", "renditions", "expect"]
    private static let seconds = 0.0...1e6

    /// Reads a manifest.
    /// - Throws: the first thing that is wrong with it, with its path.
    public init(path: String) throws(ManifestError) {
        let bytes: [UInt8]
        do {
            let file = try RecordingFile(path, .read)
            bytes = try file.read(Self.maximumSize, at: 0)
        } catch {
            guard case .file(_, _, let code) = error else {
                throw .syntax(file: path, reason: error.reason)
            }
            throw .unreadable(file: path, errno: code)
        }
        try self.init(json: bytes, path: path)
    }

    /// Reads a manifest from its text.
    /// - Parameter path: for messages, and what relative paths are relative to.
    public init(json: [UInt8], path: String) throws(ManifestError) {
        let value: ManifestValue
        do {
            value = try JSONDecoder().decode(ManifestValue.self, from: Data(json))
        } catch { throw .syntax(file: path, reason: JSONProblem.text(error, in: json)) }
        if let key = RepeatedKey.first(in: json) { throw .repeatedKey(file: path, key: key) }
        try self.init(ManifestNode(file: path, path: "", value: value))
    }

    private init(_ node: ManifestNode) throws(ManifestError) {
        let members = try node.members(Self.keys)
        _ = try members["version"]?.integer(Self.version...Self.version)
        let golden = try members["golden"]?.members(["folder", "keepBytes"]) ?? [:]
        guard let renditions = members["renditions"] else {
            throw node.missing("renditions", "an object of names and presets or settings")
        }
        guard let fixtures = members["fixtures"] else {
            throw node.missing("fixtures", "a list of paths or objects")
        }
        self.init(
            path: node.file,
            goldenFolder: try golden["folder"]?.text("a folder") ?? Self.standardGoldenFolder,
            goldenMediaBytes: try golden["keepBytes"]?.integer(0...Int.max) ?? Self.standardGoldenMediaBytes,
            renditions: try Self.renditions(renditions), entries: [])
        for item in try fixtures.items("a list of paths or objects") { entries.append(try entry(item)) }
        guard !self.renditions.isEmpty else { throw renditions.invalid("one with at least one rendition") }
    }

    private static func renditions(_ node: ManifestNode) throws(ManifestError) -> [String: Rendition] {
        var renditions: [String: Rendition] = [:]
        let nodes = try node.members("an object of names and presets or settings")
        for (name, node) in nodes.sorted(by: { $0.key < $1.key }) {
            guard FixtureName.isPart(name) else {
                throw .invalid(
                    file: node.file, key: node.path, value: "\"\(name)\"", allowed: FixtureName.partRule)
            }
            var expectation = Expectation()
            if case .object = node.value, let expect = try node.members(SettingsReader.keys)["expect"] {
                expectation = try Expectation(expect)
            }
            renditions[name] = Rendition(
                name: name, settings: try SettingsReader.settings(node), expectation: expectation)
        }
        return renditions
    }

    private func entry(_ node: ManifestNode) throws(ManifestError) -> Entry {
        let all = renditions.keys.sorted()
        if case .text = node.value {
            return Entry(
                pattern: try node.text("a path"),
                uses: all.map { Use(rendition: $0, expectation: Expectation()) })
        }
        let members = try node.members(Self.entryKeys)
        guard let pattern = members["path"] else { throw node.missing("path", "a path or glob") }
        let expectation = try members["expect"].map(Expectation.init) ?? Expectation()
        var entry = Entry(
            pattern: try pattern.text("a path or glob"), name: try members["name"].map(Self.name),
            from: try members["from"]?.number(Self.seconds), to: try members["to"]?.number(Self.seconds),
            uses: all.map { Use(rendition: $0, expectation: expectation) })
        if let to = entry.to, to <= entry.from ?? 0, let node = members["to"] {
            throw node.invalid("more than from, which is \(entry.from ?? 0)")
        }
        if let list = members["renditions"] { entry.uses = try uses(list, expectation) }
        return entry
    }

    private static func name(_ node: ManifestNode) throws(ManifestError) -> String {
        let name = try node.text("a name")
        guard FixtureName.isName(name) else { throw node.invalid(FixtureName.rule) }
        return name
    }

    /// The renditions of a fixture: a list of names, or an object of names and expectations.
    private func uses(_ node: ManifestNode, _ general: Expectation) throws(ManifestError) -> [Use] {
        let all = renditions.keys.sorted()
        if case .object = node.value {
            var result: [Use] = []
            let nodes = try node.members(all)
            guard !nodes.isEmpty else { throw node.invalid("left out, or at least one rendition") }
            for (name, node) in nodes.sorted(by: { $0.key < $1.key }) {
                result.append(Use(rendition: name, expectation: try Expectation(node).over(general)))
            }
            return result
        }
        let items = try node.items("a list of names, or an object of names and expectations")
        guard !items.isEmpty else { throw node.invalid("left out, or at least one rendition") }
        var names: Set<String> = []
        return try items.mapNodes { node throws(ManifestError) in
            let name = try node.text(among: all)
            guard names.insert(name).inserted else { throw node.invalid("named once") }
            return Use(rendition: name, expectation: general)
        }
    }
}
