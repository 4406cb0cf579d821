import App
import FoundationEssentials
import MediaTesting
import Testing

@Suite("Configuration")
struct ConfigurationTests {
    private func file(_ text: String, in folder: TemporaryFolder) throws -> String {
        let path = folder.path + "/config.json"
        try Data(text.utf8).write(to: URL(filePath: path))
        return path
    }

    /// What is said of a file with this text.
    private func refusal(_ text: String) throws -> AppError {
        let folder = try TemporaryFolder()
        let path = try file(text, in: folder)
        let error = try #require(throws: AppError.self) {
            _ = try AppConfiguration(file: path, flags: [:], environment: [:])
        }
        #expect(error.description.contains(path), "the file is named: \(error)")
        #expect(!error.description.contains("\n"))
        return error
    }

    @Test func sizesMayBeWrittenAsPeopleSayThem() throws {
        let folder = try TemporaryFolder()
        let path = try file(#"{"archive": {"warnBelow": "1.5G", "stopBelow": 1234}}"#, in: folder)
        let fromFile = try AppConfiguration(file: path, environment: [:])
        #expect(fromFile.integer("archive.warnBelow") == 1_500_000_000)
        #expect(fromFile.integer("archive.stopBelow") == 1234)
        let fromEnvironment = try AppConfiguration(
            file: path, environment: ["CONVENE_ARCHIVE_WARN_BELOW": "9M", "CONVENE_ARCHIVE_STOP_BELOW": "7"])
        #expect(fromEnvironment.integer("archive.warnBelow") == 9_000_000)
        #expect(fromEnvironment.integer("archive.stopBelow") == 7)
        #expect(try refusal(#"{"archive": {"warnBelow": "much"}}"#).description.contains("archive.warnBelow"))
    }

    @Test func flagsComeBeforeEnvironmentBeforeFileBeforeDefaults() throws {
        let folder = try TemporaryFolder()
        let path = try file(
            #"{"server": {"port": 1001, "host": "file"}, "capture": {"rate": 15}}"#, in: folder)
        let other = try TemporaryFolder()
        let none = try AppConfiguration(file: try file("{}", in: other), environment: [:])
        #expect((none.integer("server.port"), none.number("capture.rate")) == (7650, 30))
        let fromFile = try AppConfiguration(file: path, environment: [:])
        #expect((fromFile.integer("server.port"), fromFile.text("server.host")) == (1001, "file"))
        #expect(
            fromFile.number("capture.rate") == 15 && fromFile.integer("encoding.videoBitrate") == 2_500_000)
        let environment = ["CONVENE_SERVER_PORT": "1002", "CONVENE_ARCHIVE_RECORD": "false", "PATH": "/bin"]
        let fromEnvironment = try AppConfiguration(file: path, environment: environment)
        #expect(
            (fromEnvironment.integer("server.port"), fromEnvironment.text("server.host")) == (1002, "file"))
        #expect(!fromEnvironment.flag("archive.record"))
        let fromFlag = try AppConfiguration(
            file: path, flags: ["server.port": .integer(1003), "archive.record": .flag(true)],
            environment: environment)
        #expect(fromFlag.integer("server.port") == 1003 && fromFlag.flag("archive.record"))
    }

    @Test func everyKeyCanBeSetByTheEnvironment() throws {
        let environment = [
            "CONVENE_RELAY_KEYFRAME_INTERVAL_MILLISECONDS": "250", "CONVENE_ENCODING_PRESET": "medium",
            "CONVENE_CAPTURE_RATE": "29.97", "CONVENE_CAPTURE_CAMERA": "/dev/video7",
            "CONVENE_ROOMS_MAXIMUM_TRACKS_PER_PARTICIPANT": "3",
        ]
        let folder = try TemporaryFolder()
        let found = try AppConfiguration(file: try file("{}", in: folder), environment: environment)
        #expect(found.integer("relay.keyframeIntervalMilliseconds") == 250)
        #expect(found.text("encoding.preset") == "medium" && found.text("capture.camera") == "/dev/video7")
        #expect(
            found.number("capture.rate") == 29.97 && found.integer("rooms.maximumTracksPerParticipant") == 3)
    }

    @Test func unknownKeysAreRefusedWithTheirPath() throws {
        let nested = try refusal(#"{"server": {"prot": 1}}"#)
        #expect(nested.description.contains("server.prot") && nested.description.contains("server.port"))
        #expect(nested.status == .usage)
        #expect(try refusal(#"{"sever": {"port": 1}}"#).description.contains("sever"))
        #expect(try refusal(#"{"port": 1}"#).description.contains("port"))
        #expect(try refusal(#"{"relay": {"tick": {"deep": 1}}}"#).description.contains("relay.tick"))
    }

    @Test(arguments: [
        (#"{"server": {"port": 65536}}"#, "server.port", "65536", "0 to 65535"),
        (#"{"server": {"port": -1}}"#, "server.port", "-1", "0 to 65535"),
        (#"{"archive": {"fragmentMilliseconds": 49}}"#, "archive.fragmentMilliseconds", "49", "50 to 1000"),
        (#"{"capture": {"rate": 240.5}}"#, "capture.rate", "240.5", "1.0 to 240.0"),
        (#"{"encoding": {"preset": "hyperfast"}}"#, "encoding.preset", "hyperfast", "\"ultrafast\""),
        (#"{"server": {"port": "7650"}}"#, "server.port", "\"7650\"", "a whole number"),
        (#"{"server": {"port": 7650.5}}"#, "server.port", "7650.5", "a whole number"),
        (#"{"server": {"host": 1}}"#, "server.host", "1", "a text"),
        (#"{"archive": {"record": "yes"}}"#, "archive.record", "yes", "true or false"),
        (#"{"archive": {"path": ""}}"#, "archive.path", "\"\"", "a text that is not empty"),
        (#"{"archive": {"record": null}}"#, "archive.record", "null", "true or false"),
        (#"{"server": {"host": ["a"]}}"#, "server.host", "a list", "a text"),
        (#"{"server": {"port": {}}}"#, "server.port", "an object", "a whole number"),
    ])
    func valuesThatDoNotFitAreRefusedWithTheRange(text: String, key: String, value: String, range: String)
        throws
    {
        let error = try refusal(text)
        #expect(error.status == .usage)
        for part in [key, value, range] { #expect(error.description.contains(part), "\(error)") }
    }

    @Test(arguments: [0, 65535])
    func theLimitsThemselvesAreTaken(port: Int) throws {
        let folder = try TemporaryFolder()
        let path = try file(#"{"server": {"port": \#(port)}, "capture": {"rate": 1}}"#, in: folder)
        let found = try AppConfiguration(file: path, environment: [:])
        #expect((found.integer("server.port"), found.number("capture.rate")) == (port, 1))
    }

    @Test(arguments: ["", "{", "[1]", "7", "{\"server\": }", "nonsense"])
    func aFileThatIsNoObjectIsRefused(text: String) throws {
        #expect(try refusal(text).status == .usage)
    }

    @Test func aNamedFileMustBeThere() throws {
        let error = try #require(throws: AppError.self) {
            _ = try AppConfiguration(file: "/nowhere/convene.json", environment: [:])
        }
        #expect(error.status == .inputNotFound && error.description.contains("/nowhere/convene.json"))
    }

    @Test func theEnvironmentIsCheckedLikeTheFile() throws {
        let folder = try TemporaryFolder()
        let path = try file("{}", in: folder)
        for (name, value, part) in [
            ("CONVENE_SERVER_PROT", "1", "CONVENE_SERVER_PROT"),
            ("CONVENE_SERVER_PORT", "70000", "0 to 65535"),
            ("CONVENE_SERVER_PORT", "many", "CONVENE_SERVER_PORT"),
            ("CONVENE_ARCHIVE_RECORD", "1", "true or false"),
        ] {
            let error = try #require(throws: AppError.self) {
                _ = try AppConfiguration(file: path, environment: [name: value])
            }
            #expect(error.status == .usage && error.description.contains(part), "\(error)")
        }
    }

    @Test func flagsAreCheckedLikeTheFile() throws {
        let folder = try TemporaryFolder()
        let path = try file("{}", in: folder)
        let error = try #require(throws: AppError.self) {
            _ = try AppConfiguration(file: path, flags: ["capture.rate": .number(1000)], environment: [:])
        }
        #expect(error.status == .usage && error.description.contains("--rate is 1000.0"))
        #expect(error.description.contains("from 1.0 to 240.0") && !error.description.contains("capture"))
    }

    /// The decoder would take both.
    @Test func aCommaTooManyAndAKeyTwiceAreRefusedWithTheirPlace() throws {
        let comma = try refusal("{\n  \"server\": {\"port\": 1},\n}")
        #expect(comma.status == .usage && comma.description.contains("line 3, column 1: "), "\(comma)")
        let twice = try refusal(#"{"server": {"port": 1, "port": 2}}"#)
        #expect(twice.description.contains(#"line 1, column 24: "port" is there twice"#), "\(twice)")
    }

    /// The repository, as seen from this file.
    private static let repository = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent()
        .deletingLastPathComponent()

    @Test func theFileOfTheRepositoryHoldsEveryKeyAndItsDefault() throws {
        let path = Self.repository.appending(path: "config.json")
        _ = try AppConfiguration(file: path.path(), environment: [:])
        let groups = try JSONDecoder().decode([String: [String: Value]].self, from: Data(contentsOf: path))
        let present = Set(groups.flatMap { group in group.value.keys.map { "\(group.key).\($0)" } })
        #expect(present == Set(AppConfiguration.keys))
        let folder = try TemporaryFolder()
        let empty = try AppConfiguration(file: try file("{}", in: folder), environment: [:])
        for (group, members) in groups {
            for (name, value) in members {
                let key = "\(group).\(name)"
                switch value {
                case .flag(let flag): #expect(empty.flag(key) == flag, "\(key)")
                case .text(let text): #expect(empty.text(key) == text, "\(key)")
                case .number(let number):
                    #expect(empty.number(key) == number || Double(empty.integer(key)) == number, "\(key)")
                }
            }
        }
    }

    @Test func everyKeyIsDocumented() throws {
        let path = Self.repository.appending(path: "docs/configuration.md")
        let text = String(decoding: try Data(contentsOf: path), as: UTF8.self)
        for key in AppConfiguration.keys {
            let name = key.split(separator: ".").last.map(String.init) ?? key
            #expect(text.contains("`\(key)`") || text.contains("`\(name)`"), "\(key)")
        }
    }

    private enum Value: Decodable {
        case flag(Bool)
        case number(Double)
        case text(String)

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let flag = try? container.decode(Bool.self) {
                self = .flag(flag)
            } else if let number = try? container.decode(Double.self) {
                self = .number(number)
            } else {
                self = .text(try container.decode(String.self))
            }
        }
    }

    @Test func badJSONIsReportedWithItsPlace() throws {
        let error = try refusal("{\n  \"server\": {\"port\" 1}\n}")
        #expect(error.description.contains("line 2, column 21: "), "\(error)")
        #expect(!error.description.contains("..") && !error.description.contains("Error("), "\(error)")
    }

    @Test func amountsAreWrittenTheSameWayEverywhere() throws {
        let folder = try TemporaryFolder()
        let text =
            #"{"encoding": {"videoBitrate": "4m"}, "archive": {"warnBelow": "20GiB", "segmentBytes": "2GB"}}"#
        let found = try AppConfiguration(file: try file(text, in: folder), environment: [:])
        #expect(found.integer("encoding.videoBitrate") == 4_000_000)
        #expect(found.integer("archive.warnBelow") == 20 << 30)
        #expect(found.integer("archive.segmentBytes") == 2_000_000_000)
    }

    /// `config.json` is what many programs call their file.
    @Test func anotherProgramsFileIsNotUsed() throws {
        let folder = try TemporaryFolder()
        func port(_ text: String, isClient: Bool) throws -> Int {
            _ = try file(text, in: folder)
            return try AppConfiguration(file: nil, isClient: isClient, folder: folder.path, environment: [:])
                .integer("server.port")
        }
        #expect(try port(#"{"server": {"port": 1}}"#, isClient: true) == 1)
        #expect(try port(#"{"name": "my-app", "version": 3}"#, isClient: false) == 7650)
        for text in ["nonsense", #"{"server": {"port": 1, "root": "/srv"}}"#] {
            #expect(try port(text, isClient: true) == 7650)
            #expect(throws: AppError.self) { try port(text, isClient: false) }
        }
        let named = try file(#"{"name": "my-app"}"#, in: folder)
        #expect(throws: AppError.self) { try AppConfiguration(file: named, isClient: true, environment: [:]) }
    }
}
