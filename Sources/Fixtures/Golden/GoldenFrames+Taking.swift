import Container
import Transcode

extension GoldenFrames {
    /// The frames of a rendition, by decoding all of it.
    static func take(
        _ path: String, isCancelled: @escaping @Sendable () -> Bool
    ) throws(TranscodeError) -> GoldenFrames {
        var streams: [Int: String] = [:]
        var frames: [Int: [GoldenFrame]] = [:]
        try FrameHasher.forEach(path, isCancelled: isCancelled) { frame in
            if streams[frame.stream] == nil { streams[frame.stream] = description(frame) }
            frames[frame.stream, default: []].append(
                GoldenFrame(
                    stream: frame.stream, time: frame.seconds.map { Int64(($0 * 1e6).rounded()) },
                    hash: frame.hash))
        }
        // Stream after stream: how decoders of two streams take turns is nobody's business.
        return GoldenFrames(
            origin: Origin(),
            streams: streams, frames: frames.sorted { $0.key < $1.key }.flatMap(\.value))
    }

    private static func description(_ frame: FrameHash) -> String {
        switch frame.kind {
        case .video: "video \(frame.format)"
        // The number of samples is that of one stretch.
        case .audio: "audio " + frame.format.split(separator: " ").dropFirst().joined(separator: " ")
        }
    }

    /// Pictures in it.
    var pictureCount: Int {
        frames.reduce(0) { $0 + ((streams[$1.stream] ?? "").hasPrefix("video") ? 1 : 0) }
    }

    /// Major versions of the libraries that run now.
    static var libraries: [String: Int] {
        MediaLibraries.versions.compactMapValues { $0.split(separator: ".").first.flatMap { Int($0) } }
    }
}
