import Configuration
import FoundationEssentials
import Glibc

/// The configuration of one run: flags before environment variables (`CONVENE_…`) before the file before defaults.
public struct AppConfiguration: Sendable {
    /// A value that was given on the command line, by the key that it overrides.
    public enum Flag: Sendable {
        /// A whole number.
        case integer(Int)
        /// A number.
        case number(Double)
        /// On or off.
        case flag(Bool)
        /// A text.
        case text(String)
    }

    /// The file that is read where it exists and no other is named.
    public static let standardFile = "config.json"

    private let reader: ConfigReader

    /// Reads the configuration.
    ///
    /// A file that nobody has named may be another program's. One that has none of Convene's keys is not used, which is said; to
    /// a client one that is wrong in any way is another program's. A file that is named is always meant.
    /// - Parameters:
    ///   - file: must exist where it is named; otherwise `config.json` of the current folder is read if there is one.
    ///   - isClient: whether the command only joins somebody else's meeting, which needs no configuration.
    ///   - folder: the one in which `config.json` is looked for; the current one where it is `nil`.
    ///   - flags: values from the command line by key, for instance `server.port`.
    ///   - environment: variables, the process's own where they are not given.
    ///   - defaults: what holds for a command in the place of the documented defaults.
    /// - Throws: ``AppError`` for an unknown key or a value out of range, with its path and the valid range.
    public init(
        file: String?, flags: [String: Flag] = [:], isClient: Bool = false, folder: String? = nil,
        environment: [String: String]? = nil, defaults: [String: Flag] = [:]
    ) throws(AppError) {
        let standard = folder.map { $0 + "/" + Self.standardFile } ?? Self.standardFile
        let path = file ?? (access(standard, F_OK) == 0 ? standard : nil)
        let fileValues = try Self.values(path, isNamed: file != nil, isClient: isClient)
        let checked = try Self.check(environment ?? ProcessInfo.processInfo.environment)
        let providers: [any ConfigProvider] = [
            InMemoryProvider(name: "flags", values: try Self.flagValues(flags)),
            EnvironmentVariablesProvider(environmentVariables: checked).prefixKeys(with: "convene"),
            InMemoryProvider(name: path ?? "file", values: Self.content(fileValues)),
            InMemoryProvider(name: "command", values: try Self.flagValues(defaults)),
            InMemoryProvider(name: "defaults", values: Self.standardValues()),
        ]
        reader = ConfigReader(providers: providers)
    }

    private static func values(
        _ path: String?, isNamed: Bool, isClient: Bool
    ) throws(AppError) -> [String: Setting.Value] {
        guard let path else { return [:] }
        do { return try ConfigurationFile.values(path, mayBeForeign: !isNamed) } catch {
            guard isClient, !isNamed else { throw error }
            Output.note("\(path) is not used: \(error.description) Name it with --config where it is meant.")
            return [:]
        }
    }

    private static func check(_ environment: [String: String]) throws(AppError) -> [String: String] {
        var own = environment.filter { $0.key.hasPrefix("CONVENE_") }
        for (name, value) in own.sorted(by: { $0.key < $1.key }) {
            guard let setting = Settings.all.first(where: { $0.environmentVariable == name }) else {
                throw AppError(
                    "The environment variable \(name) names no setting. docs/configuration.md lists them.",
                    status: .usage)
            }
            guard let parsed = setting.parsed(value) else {
                throw ConfigurationFile.invalid(
                    setting, "\"\(value)\"", "in the environment variable \(name)")
            }
            // `20G` is not a number for the provider that reads the variable.
            if case .integer(let number) = parsed { own[name] = "\(number)" }
        }
        return own
    }

    private static func flagValues(_ flags: [String: Flag]) throws(AppError) -> [AbsoluteConfigKey:
        ConfigValue]
    {
        var values: [AbsoluteConfigKey: ConfigValue] = [:]
        for (key, flag) in flags {
            guard let setting = Settings.all.first(where: { $0.key == key }) else {
                throw AppError("\(key) is not a setting.", status: .software)
            }
            let given: Setting.Value =
                switch flag {
                case .integer(let value): .integer(value)
                case .number(let value): .number(value)
                case .flag(let value): .flag(value)
                case .text(let value): .text(value)
                }
            guard let value = setting.accepted(given) else {
                guard let option = options[key] else {
                    throw ConfigurationFile.invalid(setting, given.text, "on the command line")
                }
                throw AppError(
                    "\(option) is \(given.text), but must be \(setting.kind.description).", status: .usage)
            }
            values[absolute(key)] = content(value)
        }
        return values
    }

    /// What the command line calls the keys that it sets.
    private static let options = [
        "archive.path": "--archive", "capture.rate": "--rate", "capture.size": "--size",
        "encoding.keyframeSeconds": "--keyframe-interval", "encoding.layers": "--layers",
        "encoding.preset": "--preset", "encoding.videoBitrate": "--bitrate", "server.metrics": "--metrics",
    ]

    private static func standardValues() -> [AbsoluteConfigKey: ConfigValue] {
        Dictionary(uniqueKeysWithValues: Settings.all.map { (absolute($0.key), content($0.standard)) })
    }

    private static func content(_ values: [String: Setting.Value]) -> [AbsoluteConfigKey: ConfigValue] {
        Dictionary(uniqueKeysWithValues: values.map { (absolute($0.key), content($0.value)) })
    }

    private static func absolute(_ key: String) -> AbsoluteConfigKey {
        AbsoluteConfigKey(key.split(separator: ".").map(String.init))
    }

    private static func content(_ value: Setting.Value) -> ConfigValue {
        switch value {
        case .integer(let number): ConfigValue(.int(number), isSecret: false)
        case .number(let number): ConfigValue(.double(number), isSecret: false)
        case .flag(let flag): ConfigValue(.bool(flag), isSecret: false)
        case .text(let text): ConfigValue(.string(text), isSecret: false)
        }
    }

    /// The path of every key that there is, for instance `server.port`.
    package static var keys: [String] { Settings.all.map(\.key) }

    // Every key has a default of the right kind, and every source was checked: the fallbacks are never used.

    /// The value of a key that takes whole numbers.
    package func integer(_ key: String) -> Int { reader.int(forKey: ConfigKey(key), default: 0) }
    /// The value of a key that takes numbers.
    package func number(_ key: String) -> Double { reader.double(forKey: ConfigKey(key), default: 0) }
    /// The value of a key that takes true or false.
    package func flag(_ key: String) -> Bool { reader.bool(forKey: ConfigKey(key), default: false) }
    /// The value of a key that takes text.
    package func text(_ key: String) -> String { reader.string(forKey: ConfigKey(key), default: "") }
}
