import CFFmpeg

/// Which FFmpeg the program runs with.
public enum LibAVVersions {
    /// Versions of the libraries by name, for instance `libavcodec: 59.37.100`.
    public static var all: [String: String] {
        [
            "libavcodec": text(avcodec_version()), "libavformat": text(avformat_version()),
            "libavutil": text(avutil_version()), "libswscale": text(swscale_version()),
        ]
    }

    /// The same and those that only transcoding uses. Loads libavfilter.
    public static var transcoding: [String: String] {
        var versions = all
        versions["libswresample"] = text(swresample_version())
        versions["libavfilter"] = FilterLibrary.version.map(text)
        return versions
    }

    private static func text(_ version: UInt32) -> String {
        "\(version >> 16).\(version >> 8 & 255).\(version & 255)"
    }

    /// FFmpeg's own version and how it was built; two builds of one version may behave differently.
    public static var build: String {
        "\(String(cString: av_version_info())) \(String(cString: avcodec_configuration()))"
    }
}
