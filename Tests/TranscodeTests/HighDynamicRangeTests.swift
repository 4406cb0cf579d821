import MediaTesting
import Testing
import Transcode

/// HDR10: for which display pictures were made, and how bright they get.
@Suite(.enabled(if: MediaProgram.isInstalled)) struct HighDynamicRangeTests {
    private static let display = "G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,50)"

    private func source(_ media: MadeMedia) throws -> String {
        try media.make(
            "hdr.mp4",
            MadeMedia.pictures(size: "320x180", seconds: 1) + [
                "-pix_fmt", "yuv420p10le", "-c:v", "libx265", "-preset", "ultrafast", "-color_primaries",
                "bt2020",
                "-color_trc", "smpte2084", "-colorspace", "bt2020nc", "-tag:v", "hvc1", "-x265-params",
                "log-level=error:master-display=\(Self.display):max-cll=1000,400",
            ])
    }

    /// The values of a field in what `ffprobe` prints.
    private func values(_ path: String, _ section: String, _ field: String) throws -> [String] {
        let outcome = try #require(
            try MediaProgram.run(
                "ffprobe",
                ["-v", "error", "-select_streams", "v:0", section, "-read_intervals", "%+#1", path]))
        return outcome.output.split(separator: "\n").filter { $0.hasPrefix("\(field)=") }.map {
            String($0.dropFirst(field.count + 1))
        }
    }

    private func number(_ fraction: String) -> Double {
        let parts = fraction.split(separator: "/").compactMap { Double($0) }
        return parts.count == 2 && parts[1] > 0 ? parts[0] / parts[1] : parts.first ?? -1
    }

    @Test(arguments: [
        (VideoCodecName.hevc, OutputContainer.mp4), (.hevc, .mkv), (.hevc, .mpegts), (.av1, .mp4),
        (.av1, .mkv),
    ])
    func masteringDisplayAndLightLevelsAreKept(_ codec: VideoCodecName, _ container: OutputContainer) throws {
        let media = try MadeMedia()
        var video = VideoSettings(codec: codec, bitDepth: 10)
        video.preset = codec == .hevc ? "ultrafast" : "12"
        let name = "o.\(container == .mpegts ? "ts" : "\(container)")"
        try media.transcode(
            try source(media), to: name, RenditionSettings(container: container, video: video, audio: nil))
        let path = media.path(name)
        // With the picture, which is all that a transport stream has, and in the header of a file.
        for section in ["-show_frames", "-show_streams"]
        where section == "-show_frames" || container != .mpegts {
            // A picture may have them twice, from the header and from the stream.
            for (field, right) in [
                ("max_content", 1000), ("max_average", 400), ("max_luminance", 1000), ("red_x", 0.68),
            ] {
                let found = try values(path, section, field).map(number)
                #expect(
                    !found.isEmpty && found.allSatisfy { abs($0 - right) < 0.001 },
                    "\(section) \(field) \(found)")
            }
        }
    }

    @Test func nothingIsSaidWhereNothingIsKnown() throws {
        let media = try MadeMedia()
        let source = try media.make(
            "s.mp4", MadeMedia.pictures(seconds: 1) + ["-pix_fmt", "yuv420p10le", "-c:v", "libx265"])
        let video = VideoSettings(codec: .hevc, preset: "ultrafast")
        try media.transcode(source, to: "o.mp4", RenditionSettings(container: .mp4, video: video, audio: nil))
        #expect(try values(media.path("o.mp4"), "-show_frames", "max_luminance").isEmpty)
    }
}
