import Foundation

/// The `ffmpeg` and `ffprobe` programs, as a second opinion on our files.
public enum MediaProgram {
    /// What a program left behind.
    public struct Outcome: Sendable {
        /// Exit status.
        public let status: Int32
        /// What it wrote to standard output.
        public let output: String
        /// What it wrote to standard error.
        public let errors: String
    }

    /// Whether both programs are installed; for `.enabled(if:)`.
    public static let isInstalled = path(of: "ffmpeg") != nil && path(of: "ffprobe") != nil

    private static func path(of program: String) -> String? {
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin").split(separator: ":")
        return folders.map { "\($0)/\(program)" }.first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    /// Runs `ffmpeg` or `ffprobe` to its end.
    /// - Returns: `nil` where it is not installed.
    public static func run(_ program: String, _ arguments: [String]) throws -> Outcome? {
        guard let path = path(of: program) else { return nil }
        let folder = try TemporaryFolder()
        let files = (folder.path + "/out", folder.path + "/err")
        for file in [files.0, files.1] { try Data().write(to: URL(filePath: file)) }
        let process = Process()
        process.executableURL = URL(filePath: path)
        process.arguments = arguments
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try FileHandle(forWritingTo: URL(filePath: files.0))
        process.standardError = try FileHandle(forWritingTo: URL(filePath: files.1))
        try process.run()
        process.waitUntilExit()
        func text(_ file: String) throws -> String {
            String(decoding: try Data(contentsOf: URL(filePath: file)), as: UTF8.self)
        }
        return Outcome(
            status: process.terminationStatus, output: try text(files.0), errors: try text(files.1))
    }

    /// What `ffmpeg -v error -xerror` says when it decodes all of `path`: empty where it finds nothing wrong, or is
    /// not installed.
    public static func complaints(about path: String) throws -> String {
        // Without the time base of the file, ffmpeg counts in frames of the nominal rate, and complains of two pictures
        // that fall into one.
        let output = ["-fps_mode", "passthrough", "-enc_time_base", "-1", "-f", "null", "-"]
        guard let outcome = try run("ffmpeg", ["-v", "error", "-xerror", "-i", path] + output) else {
            return ""
        }
        if outcome.status == 0, outcome.errors.isEmpty { return "" }
        return "ffmpeg ended with \(outcome.status): \(outcome.errors)"
    }

    /// The `pts_time,flags` lines that `ffprobe` prints for the packets of a stream, for instance `v:0`.
    public static func packets(of path: String, stream: String) throws -> [String]? {
        let fields = ["-v", "error", "-select_streams", stream, "-show_entries", "packet=pts_time,flags"]
        return try run("ffprobe", fields + ["-of", "csv=p=0", path])?.output.split(separator: "\n").map(
            String.init)
    }
}
