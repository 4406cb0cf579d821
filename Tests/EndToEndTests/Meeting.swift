import Archive
import Foundation
import MediaTesting

/// A server on loopback with an archive of its own, and the program's other commands against it.
final class Meeting {
    let server: ChildProcess
    let folder: TemporaryFolder
    /// `127.0.0.1:PORT`.
    let address: String
    /// Port of `/metrics`; 0 where they are not served.
    let metricsPort: Int

    private init(server: ChildProcess, folder: TemporaryFolder, address: String, metricsPort: Int) {
        self.metricsPort = metricsPort
        self.server = server
        self.folder = folder
        self.address = address
    }

    /// Small pictures at a low rate: the tests run several encoders and decoders on two cores.
    static let pattern = ["--test-pattern", "--tone", "--size", "320x180", "--rate", "15"]
    static let rate = 15.0

    /// Starts a server and waits until it listens.
    ///
    /// - Parameters:
    ///   - cut: keeps what a power cut would leave of the archive.
    ///   - arguments: further ones of the server.
    ///   - environment: its environment variables.
    ///   - servesMetrics: whether it serves metrics on a port of its own.
    static func start(
        cut: PowerCut? = nil, arguments: [String] = [], environment: [String: String] = [:],
        servesMetrics: Bool = false
    ) async throws -> Meeting {
        let folder = try TemporaryFolder()
        let archive = folder.path + "/archive"
        let server = try convene(
            ["serve", "--listen", "127.0.0.1:0", "--archive", archive] + arguments
                + (servesMetrics ? ["--metrics", "127.0.0.1:0"] : []),
            environment: environment.merging(cut?.environment(archive: archive) ?? [:]) { $1 })
        let line = try await server.line("its address") { $0.hasPrefix("listening on ") }
        var metricsPort = 0
        if servesMetrics {
            let page = try await server.line("its metrics") { $0.hasPrefix("metrics on http://127.0.0.1:") }
            metricsPort = page.split { !$0.isNumber }.last.flatMap { Int($0) } ?? 0
        }
        return Meeting(
            server: server, folder: folder, address: String(line.dropFirst("listening on ".count)),
            metricsPort: metricsPort)
    }

    /// Starts a command of the program.
    static func convene(_ arguments: [String], environment: [String: String] = [:]) throws -> ChildProcess {
        try ChildProcess(try ProgramLocation.program(), arguments, environment: environment)
    }

    var archive: String { folder.path + "/archive" }

    var port: Int { address.split(separator: ":").last.flatMap { Int($0) } ?? 0 }

    func url(_ room: String = "room") -> String { "convene://\(address)/\(room)" }

    /// Starts a publisher of the pattern and the tone, or of what `arguments` say.
    /// - Parameter port: where it connects to, where that is not the server itself.
    func publish(
        _ name: String, room: String = "room", port: Int? = nil, _ arguments: [String] = Meeting.pattern
    ) throws -> ChildProcess {
        let url = port.map { "convene://127.0.0.1:\($0)/\(room)" } ?? self.url(room)
        return try Self.convene(["publish", url, "--name", name] + arguments)
    }

    /// Starts a headless viewer whose report ``report(_:)`` reads afterwards.
    func view(_ name: String, room: String = "room", _ arguments: [String] = []) throws -> ChildProcess {
        try Self.convene(
            ["view", url(room), "--name", name, "--headless", "--stats", folder.path + "/\(name).json"]
                + arguments)
    }

    /// What the viewer of that name wrote at its end.
    func report(_ name: String) throws -> ViewReport {
        try JSONDecoder().decode(
            ViewReport.self, from: Data(contentsOf: URL(fileURLWithPath: folder.path + "/\(name).json")))
    }

    /// Asks the server to end for good and checks that it does so in order.
    func stop(signal: Int32 = SIGINT) async throws {
        server.signal(signal)
        let ending = try await server.wait()
        guard ending == .exited(0) else { throw HarnessError("The server: \(ending). \(server.errors)") }
    }

    /// The folder of the room's only meeting.
    func meetingFolder(room: String = "room") throws -> String {
        let path = archive + "/" + room
        let names = try FileManager.default.contentsOfDirectory(atPath: path)
        guard let name = names.first, names.count == 1 else { throw HarnessError("\(path) holds \(names).") }
        return path + "/" + name
    }

    func manifest(room: String = "room") throws -> MeetingManifest {
        try MeetingManifest.read(folder: try meetingFolder(room: room))
    }

    /// Paths of the recordings of a room.
    func recordings(room: String = "room") throws -> [String] {
        let folder = try meetingFolder(room: room)
        return try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".mp4") }
            .sorted()
            .map { folder + "/" + $0 }
    }

    /// The only recording of a participant's pictures and sound.
    func recording(of participant: String, room: String = "room") throws -> String {
        let paths = try recordings(room: room).filter { $0.contains("/\(participant)-") }
        guard let path = paths.first, paths.count == 1 else {
            throw HarnessError("\(participant) has \(paths).")
        }
        return path
    }

    /// The journal's events in order.
    func journal(room: String = "room") throws -> [JournalLine] {
        let text = try String(
            contentsOfFile: try meetingFolder(room: room) + "/journal.jsonl", encoding: .utf8)
        return try text.split(separator: "\n").map {
            try JSONDecoder().decode(JournalLine.self, from: Data($0.utf8))
        }
    }

    /// Waits until so many bytes of a participant are in the archive.
    func waitForRecording(of participant: String, room: String = "room", bytes: Int = 20_000) async throws {
        try await Wait.until("the recording of \(participant)") {
            guard let path = try? recording(of: participant, room: room) else { return false }
            let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0
            return size >= bytes
        }
    }
}
