import Container
import FoundationEssentials
import Glibc
import Media

/// Reads a configuration file, and finds what is wrong with it: unknown keys, wrong kinds, values out of range.
enum ConfigurationFile {
    /// Any JSON value.
    private indirect enum JSON: Decodable {
        case object([String: JSON])
        case other(String)
        case value(Setting.Value)

        private struct Key: CodingKey {
            let stringValue: String
            let intValue: Int? = nil
            init(stringValue: String) { self.stringValue = stringValue }
            init?(intValue: Int) { nil }
        }

        init(from decoder: any Decoder) throws {
            if let container = try? decoder.container(keyedBy: Key.self) {
                var members: [String: JSON] = [:]
                for key in container.allKeys {
                    members[key.stringValue] = try container.decode(JSON.self, forKey: key)
                }
                self = .object(members)
                return
            }
            guard let container = try? decoder.singleValueContainer() else {
                self = .other("a list")
                return
            }
            if let flag = try? container.decode(Bool.self) {
                self = .value(.flag(flag))
            } else if let number = try? container.decode(Int.self) {
                self = .value(.integer(number))
            } else if let number = try? container.decode(Double.self) {
                self = .value(.number(number))
            } else if let text = try? container.decode(String.self) {
                self = .value(.text(text))
            } else {
                self = .other(container.decodeNil() ? "null" : "a list")
            }
        }
    }

    /// The values in the file at `path` by key, checked against ``Settings``.
    /// - Parameter mayBeForeign: whether a file without any key of ours is another program's, and has no values here.
    /// - Throws: ``AppError`` with the file, the key's path, the value and the valid range.
    static func values(_ path: String, mayBeForeign: Bool = false) throws(AppError) -> [String: Setting.Value]
    {
        let content = try bytes(path)
        // The decoder takes a comma too many, and of two values of one name any.
        if let place = JSONSyntax.problem(content) {
            throw AppError(
                "The configuration \(path) is not JSON: line \(place.line), column \(place.column): \(place.reason)."
                    + " Correct it.", status: .usage)
        }
        let root: JSON
        do { root = try JSONDecoder().decode(JSON.self, from: Data(content)) } catch {
            throw AppError(
                "The configuration \(path) is not JSON: \(JSONProblem.text(error, in: content)). Correct it.",
                status: .usage)
        }
        guard case .object(let members) = root else {
            throw AppError("The configuration \(path) is not a JSON object: write { … }.", status: .usage)
        }
        let groups = Set(Settings.all.map { $0.key.prefix { $0 != "." } })
        if mayBeForeign, !members.isEmpty, !members.keys.contains(where: { groups.contains($0[...]) }) {
            Output.note(
                "\(path) has no key of Convene's, and is not used. Name it with --config where it is meant.")
            return [:]
        }
        var values: [String: Setting.Value] = [:]
        try collect(root, at: "", path: path, into: &values)
        return values
    }

    private static func bytes(_ path: String) throws(AppError) -> [UInt8] {
        do {
            let file = try RecordingFile(path, .read)
            return try file.read(Int(min(try file.size(), 1 << 20)), at: 0)
        } catch {
            guard case .file(_, _, let code) = error else { throw AppError(error) }
            let status: ExitStatus = code == ENOENT ? .inputNotFound : .inputOutput
            throw AppError(
                "The configuration \(path) cannot be read: \(SystemError.text(code)). Check --config.",
                status: status)
        }
    }

    private static func collect(
        _ value: JSON, at key: String, path: String, into values: inout [String: Setting.Value]
    ) throws(AppError) {
        let setting = Settings.all.first { $0.key == key }
        switch value {
        case .object(let members) where setting == nil:
            guard key.isEmpty || Settings.all.contains(where: { $0.key.hasPrefix(key + ".") }) else {
                throw unknown(key, path)
            }
            for (name, member) in members.sorted(by: { $0.key < $1.key }) {
                try collect(member, at: key.isEmpty ? name : "\(key).\(name)", path: path, into: &values)
            }
        case .value(let value):
            guard let setting else { throw unknown(key, path) }
            guard let accepted = setting.accepted(value) else {
                throw invalid(setting, value.text, "in \(path)")
            }
            values[key] = accepted
        case .object:
            guard let setting else { throw unknown(key, path) }
            throw invalid(setting, "an object", "in \(path)")
        case .other(let what):
            guard let setting else { throw unknown(key, path) }
            throw invalid(setting, what, "in \(path)")
        }
    }

    private static func unknown(_ key: String, _ path: String) -> AppError {
        let group = key.split(separator: ".").first.map(String.init) ?? ""
        let near = Settings.all.map(\.key).filter { $0.hasPrefix(group + ".") }
        let known =
            near.isEmpty
            ? Array(Set(Settings.all.map { $0.key.prefix { $0 != "." } })).sorted().map(String.init) : near
        return AppError(
            "\(key) in \(path) is not a setting. Known are: \(known.joined(separator: ", ")).", status: .usage
        )
    }

    /// A value that a setting does not take.
    static func invalid(_ setting: Setting, _ value: String, _ place: String) -> AppError {
        AppError(
            "\(setting.key) \(place) is \(value), but must be \(setting.kind.description).", status: .usage)
    }
}

extension Setting.Value {
    /// As it would stand in the file.
    var text: String {
        switch self {
        case .integer(let number): "\(number)"
        case .number(let number): "\(number)"
        case .flag(let flag): "\(flag)"
        case .text(let text): "\"\(text)\""
        }
    }
}
