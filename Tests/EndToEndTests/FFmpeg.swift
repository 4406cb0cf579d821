/// The programs `ffmpeg` and `ffprobe`, as players and judges that share no code of ours.
enum FFmpeg {
    /// Decodes all of a file.
    /// - Throws: ``HarnessError`` with the first fault that it finds.
    static func check(_ path: String) async throws {
        // In the file's own time base: the null muxer's is one tick a picture, too coarse for a camera that wavers.
        let text = try await ChildProcess.complaints(
            "ffmpeg", ["-v", "error", "-xerror", "-i", path, "-enc_time_base", "-1", "-f", "null", "-"])
        guard text.isEmpty else { throw HarnessError("ffmpeg on \(path): \(text)") }
    }

    /// Makes a file.
    static func make(_ path: String, _ arguments: [String]) async throws {
        try await ChildProcess.run("ffmpeg", ["-v", "error", "-y"] + arguments + [path])
    }

    /// One decoded picture, or one packet where `copies`.
    struct Hash: Equatable {
        var pts: Int
        var md5: String
    }

    /// Hashes of what a file holds, in order.
    /// - Parameters:
    ///   - stream: `v` or `a`.
    ///   - copies: `true` for the packets as they stand in the file, `false` for what a decoder makes of them.
    static func hashes(_ path: String, stream: String = "v", copies: Bool = false) async throws -> [Hash] {
        let manner = copies ? ["-c", "copy"] : ["-fps_mode", "passthrough"]
        let text = try await ChildProcess.run(
            "ffmpeg",
            ["-v", "error", "-xerror", "-i", path, "-map", "0:\(stream):0"] + manner + [
                "-f", "framemd5", "-",
            ])
        return text.split(separator: "\n").filter { !$0.hasPrefix("#") }.compactMap { line in
            let fields = line.split(separator: ",").map { $0.trimmingSpaces }
            guard fields.count >= 6, let pts = Int(fields[2]) else { return nil }
            return Hash(pts: pts, md5: fields[5])
        }
    }

    /// Seeks to `seconds` and gives the presentation time of the first video packet from there, and whether it is a
    /// keyframe.
    static func seek(_ path: String, to seconds: Double) async throws -> (seconds: Double, isKeyframe: Bool) {
        let text = try await ChildProcess.run(
            "ffprobe",
            [
                "-v", "error", "-select_streams", "v:0", "-read_intervals", "\(seconds)%+#1", "-show_entries",
                "packet=pts_time,flags", "-of", "csv=p=0", path,
            ])
        let fields = text.split(whereSeparator: \.isNewline).first?.split(separator: ",") ?? []
        guard fields.count >= 2, let time = Double(fields[0]) else { throw HarnessError("ffprobe: \(text)") }
        return (time, fields[1].hasPrefix("K"))
    }
}

extension Substring {
    fileprivate var trimmingSpaces: String {
        String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
}
