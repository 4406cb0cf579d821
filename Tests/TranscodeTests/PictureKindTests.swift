import MediaTesting
import Testing
import Transcode

/// Sources whose pictures are stored in unusual ways.
@Suite(.enabled(if: MediaProgram.isInstalled)) struct PictureKindTests {
    /// Of pictures that went through a conversion which loses nothing but colour resolution.
    private static let wellConverted = 38.0

    @Test(arguments: ["90", "180", "270"]) func turnedPicturesComeOutUpright(_ degrees: String) throws {
        let media = try MadeMedia()
        let plain = try media.make("a.mp4", MadeMedia.pictures() + ["-c:v", "libx264"])
        let turned = try media.make(
            "b.mp4", ["-i", plain, "-c", "copy", "-metadata:s:v", "rotate=\(degrees)"])
        let result = try media.transcode(turned, to: "c.mkv")
        // ffmpeg turns them by itself.
        #expect(try MadeMedia.pictures(of: media.path("c.mkv")).map(\.hash) == media.reference(turned))
        #expect(try MadeMedia.pictures(of: media.path("c.mkv")).map(\.hash) != media.reference(plain))
        #expect(result.notes.contains { $0.contains("turned") })
        let report = try Prober.probe(media.path("c.mkv")).streams[0].video
        #expect(report?.rotation == 0)
        let shown = try Prober.probe(turned).streams[0].video
        #expect(shown?.displayWidth == report?.width)
        #expect(shown?.displayHeight == report?.height)
    }

    @Test(arguments: [("tv", "limited"), ("pc", "full")]) func rangeIsKeptAndFlagged(
        range: String, name: String
    ) throws {
        let media = try MadeMedia()
        let input = try media.make(
            "a.mp4",
            MadeMedia.pictures() + [
                "-vf", "scale=out_range=\(range)", "-pix_fmt", "yuv420p", "-color_range", range, "-c:v",
                "libx264",
            ])
        for codec in [VideoCodecName.h264, .hevc, .vp9] {
            var settings = MadeMedia.lossless
            settings.video = VideoSettings(codec: codec, height: 72, crf: codec == .h264 ? 0 : 5)
            try media.transcode(input, to: "b.mkv", settings)
            // What is not said is limited.
            let found = try Prober.probe(media.path("b.mkv")).streams[0].video?.range ?? "limited"
            #expect(found == name, "\(codec)")
            let psnr = try Comparer.compare(input, media.path("b.mkv"), metrics: [.psnr]).measures[.psnr]
            #expect((psnr?.minimum ?? 0) > Self.wellConverted, "\(codec)")
        }
        try media.transcode(input, to: "c.mkv")
        #expect(try MadeMedia.pictures(of: media.path("c.mkv")).map(\.hash) == media.reference(input))
    }

    @Test func anOddSizeLosesItsLastColumnAndRow() throws {
        let media = try MadeMedia()
        let input = try media.make(
            "a.mkv",
            MadeMedia.pictures() + ["-vf", "format=rgb24,crop=175:143,format=yuv420p", "-c:v", "ffv1"])
        let result = try media.transcode(input, to: "b.mkv")
        let expected = try media.reference(input, ["-vf", "crop=174:142:0:0:exact=1"])
        #expect(try MadeMedia.pictures(of: media.path("b.mkv")).map(\.hash) == expected)
        #expect(result.outputs[0].notes == ["cropped from 175x143 to 174x142"])
    }

    @Test func alphaIsDroppedWithANote() throws {
        let media = try MadeMedia()
        let input = try media.make("a.mov", MadeMedia.pictures() + ["-c:v", "qtrle", "-pix_fmt", "argb"])
        let result = try media.transcode(input, to: "b.mkv")
        #expect(result.notes.contains("alpha dropped"))
        let video = try Prober.probe(media.path("b.mkv")).streams[0].video
        #expect(video?.pixelFormat == "yuv420p")
        #expect(video?.matrix == "smpte170m")
        let psnr = try Comparer.compare(input, media.path("b.mkv"), metrics: [.psnr]).measures[.psnr]
        #expect((psnr?.minimum ?? 0) > Self.wellConverted)
    }

    @Test func tenBitsBecomeEightUnlessTheyAreWanted() throws {
        let media = try MadeMedia()
        let input = try media.make(
            "a.mp4", MadeMedia.pictures() + ["-c:v", "libx264", "-pix_fmt", "yuv420p10le"])
        try media.transcode(input, to: "b.mkv")
        #expect(try Prober.probe(media.path("b.mkv")).streams[0].video?.pixelFormat == "yuv420p")
        var settings = MadeMedia.lossless
        settings.video = VideoSettings(crf: 4, bitDepth: 10)
        try media.transcode(input, to: "c.mkv", settings)
        #expect(try Prober.probe(media.path("c.mkv")).streams[0].video?.bitDepth == 10)
        for name in ["b.mkv", "c.mkv"] {
            let psnr = try Comparer.compare(input, media.path(name), metrics: [.psnr]).measures[.psnr]
            #expect((psnr?.minimum ?? 0) > Self.wellConverted, "\(name)")
        }
    }

    /// Asked size, fit, expected size; the source is 176x144 with square pixels.
    static let sizes: [(Int?, Int?, VideoSettings.Fit, Int, Int)] = [
        (nil, 72, .within, 88, 72), (88, nil, .within, 88, 72), (200, 72, .within, 88, 72),
        (200, 72, .pad, 200, 72),
        (88, 88, .crop, 88, 88), (352, nil, .within, 352, 288), (100, nil, .within, 100, 82),
    ]

    @Test(arguments: sizes)
    func sizesAreMetWithoutDistortion(
        width: Int?, height: Int?, fit: VideoSettings.Fit, wide: Int, high: Int
    ) throws {
        let media = try MadeMedia()
        let input = try media.make("a.mp4", MadeMedia.pictures() + ["-c:v", "libx264"])
        var settings = MadeMedia.lossless
        settings.video = VideoSettings(width: width, height: height, fit: fit, crf: 18)
        try media.transcode(input, to: "b.mkv", settings)
        let video = try Prober.probe(media.path("b.mkv")).streams[0].video
        #expect(video?.width == wide)
        #expect(video?.height == high)
        #expect(video?.sampleAspectRatio == "1:1")
    }

    @Test func anamorphicPicturesGetSquarePixelsWhenTheyAreScaled() throws {
        let media = try MadeMedia()
        let input = try media.make(
            "a.mp4", MadeMedia.pictures() + ["-vf", "setsar=16/11", "-c:v", "libx264"])
        try media.transcode(input, to: "b.mkv")
        let kept = try Prober.probe(media.path("b.mkv")).streams[0].video
        #expect(kept?.sampleAspectRatio == "16:11")
        #expect(kept?.displayWidth == 256)
        var settings = MadeMedia.lossless
        settings.video?.height = 72
        try media.transcode(input, to: "c.mkv", settings)
        let scaled = try Prober.probe(media.path("c.mkv")).streams[0].video
        #expect(scaled?.width == 128)
        #expect(scaled?.sampleAspectRatio == "1:1")
    }

    @Test func presetsDoNotEnlarge() throws {
        let media = try MadeMedia()
        let input = try media.make("a.mp4", MadeMedia.pictures() + ["-c:v", "libx264"])
        try media.transcode(input, to: "b.mp4", Presets.named("720p").settings)
        #expect(try Prober.probe(media.path("b.mp4")).streams[0].video?.height == 144)
    }

    @Test func keyframesLieAtTheSameTimesInAllRenditions() throws {
        let media = try MadeMedia()
        let input = try media.make("a.mp4", MadeMedia.pictures(seconds: 3) + ["-c:v", "libx264"])
        for (index, height) in [72, 144].enumerated() {
            var settings = MadeMedia.lossless.in(.mp4)
            settings.video = VideoSettings(height: height, preset: "veryfast", keyframeSeconds: 0.8)
            try media.transcode(input, to: "\(index).mp4", settings)
            let packets = try #require(
                try MediaProgram.packets(of: media.path("\(index).mp4"), stream: "v:0"))
            let keys = packets.filter { $0.contains("K") }.compactMap { Double($0.split(separator: ",")[0]) }
            for expected in [0, 0.8, 1.6, 2.4] {
                #expect(keys.contains { abs($0 - expected) < 0.001 }, "\(keys)")
            }
        }
    }
}
