public import Transcode

/// What a run has to do: every fixture with the renditions that are made of it.
public struct BatchPlan: Sendable {
    /// One rendition of one fixture.
    public struct Rendition: Sendable, Hashable {
        /// The manifest's name for it.
        public var name: String
        /// What is made.
        public var settings: RenditionSettings
        /// What is expected of it.
        public var expectation: Expectation
    }

    /// One source.
    public struct Fixture: Sendable, Hashable {
        /// What reports call it; unique.
        public var name: String
        /// Where it is, as the process sees it.
        public var path: String
        /// Seconds at which the renditions begin.
        public var from: Double?
        /// Seconds at which they end.
        public var to: Double?
        /// What is made of it, in the manifest's order.
        public var renditions: [Rendition]
    }

    /// All sources, in the manifest's order.
    public var fixtures: [Fixture]
    /// Whether something of the manifest was left out on request.
    public let isPartial: Bool

    /// Looks for the files of a manifest.
    ///
    /// A glob that matches nothing stays as it is, so that it fails as a file that is not there.
    /// - Parameter only: a glob for the names of fixtures, or of fixture and rendition with `/` between them.
    /// - Throws: where two fixtures have one name.
    public init(_ manifest: Manifest, only: String? = nil) throws(ManifestError) {
        var fixtures: [Fixture] = []
        var places: [String: String] = [:]
        for (index, entry) in manifest.entries.enumerated() {
            let key = "fixtures[\(index)]"
            for path in Self.paths(entry.pattern, manifest) {
                let name = Self.name(entry, path: path, manifest)
                if let other = places.updateValue(key, forKey: name) {
                    throw .invalid(
                        file: manifest.path, key: key, value: "called \"\(name)\" as \(other) is",
                        allowed: "called otherwise: give it a name of its own")
                }
                let renditions = entry.uses.compactMap { use in
                    manifest.renditions[use.rendition].map {
                        Rendition(
                            name: use.rendition, settings: $0.settings,
                            expectation: use.expectation.over($0.expectation))
                    }
                }
                fixtures.append(
                    Fixture(name: name, path: path, from: entry.from, to: entry.to, renditions: renditions))
            }
        }
        self.fixtures = only.map { Self.filter(fixtures, $0) } ?? fixtures
        isPartial = only != nil
    }

    private static func paths(_ pattern: String, _ manifest: Manifest) -> [String] {
        let path = manifest.resolve(pattern)
        guard GlobPattern.isPattern(pattern) else { return [path] }
        let found = GlobPattern.files(path)
        return found.isEmpty ? [path] : found
    }

    private static func name(_ entry: Manifest.Entry, path: String, _ manifest: Manifest) -> String {
        let prefix = manifest.folder + "/"
        let relative = path.hasPrefix(prefix) ? String(path.dropFirst(prefix.count)) : path
        guard let name = entry.name else { return FixtureName.derived(from: relative) }
        guard GlobPattern.isPattern(entry.pattern) else { return name }
        return name + "/"
            + FixtureName.derived(from: path.split(separator: "/").last.map(String.init) ?? path)
    }

    private static func filter(_ fixtures: [Fixture], _ pattern: String) -> [Fixture] {
        fixtures.compactMap { fixture in
            if GlobPattern.matches(pattern, fixture.name) { return fixture }
            var part = fixture
            part.renditions = fixture.renditions.filter {
                GlobPattern.matches(pattern, "\(fixture.name)/\($0.name)")
            }
            return part.renditions.isEmpty ? nil : part
        }
    }
}
