import CFFmpeg

/// Which FFmpeg the program runs with.
public enum LibAVVersions {
    /// Versions of the libraries by name, for instance `libavcodec: 59.37.100`.
    public static var all: [String: String] {
        func text(_ version: UInt32) -> String { "\(version >> 16).\(version >> 8 & 255).\(version & 255)" }
        return [
            "libavcodec": text(avcodec_version()), "libavformat": text(avformat_version()),
            "libavutil": text(avutil_version()), "libswscale": text(swscale_version()),
        ]
    }
}
