import MediaTesting
import Testing
import Transcode

/// Media files for tests, made by the `ffmpeg` program.
struct MadeMedia {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// Path of a file in the folder.
    func path(_ name: String) -> String { "\(folder.path)/\(name)" }

    /// Two seconds of moving pictures, each different from the others.
    static func pictures(rate: String = "25", size: String = "176x144", seconds: Int = 2) -> [String] {
        ["-f", "lavfi", "-i", "testsrc2=size=\(size):rate=\(rate):duration=\(seconds)"]
    }

    /// Two seconds of a tone.
    static func tone(rate: Int = 48_000, seconds: Int = 2) -> [String] {
        ["-f", "lavfi", "-i", "sine=frequency=440:sample_rate=\(rate):duration=\(seconds)"]
    }

    /// Runs `ffmpeg`, whose last argument is the file to be written.
    @discardableResult
    func make(_ name: String, _ arguments: [String]) throws -> String {
        let outcome = try #require(
            try MediaProgram.run("ffmpeg", ["-v", "error", "-y"] + arguments + [path(name)]))
        try #require(outcome.status == 0, "\(outcome.errors)")
        return path(name)
    }

    /// What `ffmpeg -f framemd5` prints for the first video stream of a file: size and hash of each picture.
    ///
    /// Decoded by one thread, because what is concealed in damaged pictures depends on their number.
    func reference(_ path: String, _ options: [String] = []) throws -> [String] {
        let outcome = try #require(
            try MediaProgram.run(
                "ffmpeg",
                ["-v", "quiet", "-threads", "1", "-i", path, "-map", "0:V:0"] + options + [
                    "-fps_mode", "passthrough", "-f", "framemd5", "-",
                ]))
        return outcome.output.split(separator: "\n").filter { !$0.hasPrefix("#") }.map { line in
            String(line.split(separator: ",").last?.drop { $0 == " " } ?? "")
        }
    }

    /// A rendition that decodes to exactly the pictures that went in, as Matroska.
    static let lossless = RenditionSettings(
        container: .mkv, video: VideoSettings(crf: 0, preset: "ultrafast"), audio: AudioSettings())

    /// Transcodes to `name` in the folder.
    @discardableResult
    func transcode(
        _ input: String, to name: String, _ settings: RenditionSettings = lossless, from: Double? = nil,
        to end: Double? = nil, isBitExact: Bool = false
    ) throws -> TranscodeResult {
        try Transcoder.run(
            TranscodeRequest(
                input: input, outputs: [.init(path: path(name), settings: settings)], from: from, to: end,
                isBitExact: isBitExact))
    }

    /// Hashes of the pictures of a file.
    static func pictures(of path: String) throws -> [FrameHash] {
        try FrameHasher.hash(path).filter { $0.kind == .video }
    }
}
