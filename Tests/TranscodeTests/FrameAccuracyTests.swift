import MediaTesting
import Testing
import Transcode

/// What is decoded and what comes out, picture by picture, against the `ffmpeg` program.
@Suite(.enabled(if: MediaProgram.isInstalled)) struct FrameAccuracyTests {
    /// Encoder options of raw H.264 streams that differ in how they are coded.
    static let streams: [(String, [String])] = [
        ("four slices, CABAC, B-frames", ["-x264opts", "slices=4:cabac=1", "-bf", "3"]),
        ("CAVLC, no B-frames", ["-x264opts", "cabac=0", "-bf", "0"]),
        ("open GOPs", ["-x264opts", "open-gop=1:keyint=20:bframes=3:b-pyramid=strict"]),
        ("intra refresh", ["-intra-refresh", "1", "-g", "30"]),
        ("damaged", ["-x264opts", "slices=4", "-bf", "2", "-bsf:v", "noise=amount=3000"]),
        ("packets lost", ["-bf", "2", "-g", "25", "-bsf:v", "noise=amount=0:drop=eq(mod(n\\,9)\\,4)"]),
    ]

    @Test(arguments: streams) func picturesOfRawStreamsAreThoseOfFFmpeg(name: String, options: [String])
        throws
    {
        let media = try MadeMedia()
        let source = try media.make("a.h264", MadeMedia.pictures() + ["-c:v", "libx264"] + options)
        let reference = try media.reference(source)
        let expected = try MadeMedia.pictures(of: source).map(\.hash)
        // Where damage is concealed badly, the picture shows what its memory held before, which in ffmpeg is chance.
        let isIntact = !options.contains("-bsf:v")
        #expect(isIntact ? expected == reference : expected.count == reference.count, "\(name)")
        let result = try media.transcode(source, to: "b.mkv", isBitExact: true)
        let made = try MadeMedia.pictures(of: media.path("b.mkv"))
        #expect(made.map(\.hash) == expected, "\(name)")
        #expect(result.outputs[0].framesIn == expected.count)
        #expect(result.outputs[0].framesOut == expected.count)
        let times = made.compactMap(\.seconds)
        #expect(
            zip(times, times.dropFirst()).allSatisfy { abs($1 - $0 - 0.04) < 0.0011 }, "\(name): \(times)")
    }

    /// A damaged header that says "one picture in three years" gave time stamps that no container holds.
    @Test func rawStreamsOfAnImpossibleRateHaveTheUsualOne() throws {
        let media = try MadeMedia()
        let source = try media.make(
            "a.h264",
            MadeMedia.pictures() + ["-c:v", "libx264", "-bsf:v", "h264_metadata=tick_rate=1/100000000"])
        let result = try media.transcode(
            source, to: "b.mp4", RenditionSettings(container: .mp4, video: VideoSettings(), audio: nil))
        #expect(result.outputs[0].framesOut == 50)
        #expect(abs(result.outputs[0].duration - 2) < 0.01)
    }

    @Test(arguments: [
        ["-flags", "+ildct+ilme", "-x264opts", "interlaced=1:slices=2"],
        ["-x264opts", "bff=1:fake-interlaced=1"],
    ]) func everyInterlacedPictureBecomesOneProgressive(_ options: [String]) throws {
        let media = try MadeMedia()
        let source = try media.make("a.h264", MadeMedia.pictures() + ["-c:v", "libx264"] + options)
        let expected = try media.reference(source, ["-vf", "bwdif=mode=send_frame:deint=interlaced"])
        let result = try media.transcode(source, to: "b.mkv")
        #expect(try MadeMedia.pictures(of: media.path("b.mkv")).map(\.hash) == expected)
        #expect(result.notes.contains { $0.contains("interlaced") })
        #expect(expected.count == 50)
    }

    @Test(arguments: [("25", "25"), ("30000/1001", "29.97"), ("60", "60")])
    func nothingIsRepeatedOrLeftOutAtEqualRates(
        source: String, target: String
    ) throws {
        let media = try MadeMedia()
        // Matroska rounds times to milliseconds.
        let input = try media.make("a.mkv", MadeMedia.pictures(rate: source) + ["-c:v", "libx264"])
        var settings = MadeMedia.lossless
        settings.video?.frameRate = FrameRatio(target)
        let result = try media.transcode(input, to: "b.mkv", settings)
        #expect(result.outputs[0].framesDuplicated == 0)
        #expect(result.outputs[0].framesDropped == 0)
        #expect(try MadeMedia.pictures(of: media.path("b.mkv")).map(\.hash) == media.reference(input))
    }

    @Test(arguments: [("25", "50", 100, 50, 0), ("25", "30", 60, 10, 0), ("50", "25", 50, 0, 50)])
    func rateConversionKeepsTheLength(source: String, target: String, out: Int, repeated: Int, dropped: Int)
        throws
    {
        let media = try MadeMedia()
        let input = try media.make("a.mp4", MadeMedia.pictures(rate: source) + ["-c:v", "libx264"])
        var settings = MadeMedia.lossless
        settings.video?.frameRate = FrameRatio(target)
        let result = try media.transcode(input, to: "b.mp4", settings.in(.mp4)).outputs[0]
        #expect(result.framesOut == out)
        #expect(result.framesDuplicated == repeated)
        #expect(result.framesDropped == dropped)
        #expect(try MadeMedia.pictures(of: media.path("b.mp4")).count == out)
        #expect(abs(result.duration - 2) < 0.001)
        #expect(
            try Comparer.compare(input, media.path("b.mp4"), metrics: [.psnr]).measures[.psnr]?.minimum
                == .infinity)
    }

    @Test(arguments: [OutputContainer.mp4, .mkv]) func timesOfAVaryingRateAreKept(
        _ container: OutputContainer
    ) throws {
        let media = try MadeMedia()
        let input = try media.make(
            "a.mp4",
            MadeMedia.pictures() + [
                "-vf", "select='not(between(mod(n,10),3,5))'", "-fps_mode", "passthrough", "-c:v", "libx264",
                "-bf", "2",
            ])
        #expect(try Prober.probe(input).streams[0].video?.isVariableFrameRate == true)
        try media.transcode(input, to: "b.out", MadeMedia.lossless.in(container))
        let (before, after) = (
            try MadeMedia.pictures(of: input), try MadeMedia.pictures(of: media.path("b.out"))
        )
        #expect(after.map(\.hash) == before.map(\.hash))
        let shifts = zip(before, after).map { ($1.seconds ?? 0) - ($0.seconds ?? 0) }
        #expect(shifts.allSatisfy { abs($0 - shifts[0]) < 0.0011 }, "\(shifts)")
    }

    @Test func aStretchBeginsAndEndsAtItsPictures() throws {
        let media = try MadeMedia()
        let input = try media.make(
            "a.mp4", MadeMedia.pictures() + ["-c:v", "libx264", "-bf", "3", "-g", "60"])
        let all = try MadeMedia.pictures(of: input).map(\.hash)
        try media.transcode(input, to: "b.mkv", from: 0.6, to: 1.4)
        #expect(try MadeMedia.pictures(of: media.path("b.mkv")).map(\.hash) == Array(all[15..<35]))
        // Between two pictures, the earlier one is shown.
        try media.transcode(input, to: "c.mkv", from: 0.61, to: 1)
        let shown = try MadeMedia.pictures(of: media.path("c.mkv"))
        #expect(shown.map(\.hash) == Array(all[15..<25]))
        #expect(abs((shown[1].seconds ?? 0) - (shown[0].seconds ?? 0) - 0.03) < 0.0011)
    }

    @Test func hashesOfSoundAndPicturesAreThoseOfFramemd5() throws {
        let media = try MadeMedia()
        let input = try media.make(
            "a.mkv", MadeMedia.pictures() + MadeMedia.tone() + ["-c:v", "ffv1", "-c:a", "pcm_s16le"])
        let outcome = try #require(
            try MediaProgram.run("ffmpeg", ["-v", "error", "-i", input, "-map", "0", "-f", "framemd5", "-"]))
        for (stream, kind) in [(0, FrameHash.Kind.video), (1, .audio)] {
            let expected = outcome.output.split(separator: "\n").filter { $0.hasPrefix("\(stream),") }
                .map { String($0.suffix(32)) }
            let found = try FrameHasher.hash(input).filter { $0.stream == stream }
            #expect(found.map(\.hash) == expected)
            #expect(found.allSatisfy { $0.kind == kind })
        }
    }
}

extension RenditionSettings {
    /// The same in another container.
    func `in`(_ container: OutputContainer) -> RenditionSettings {
        var settings = self
        settings.container = container
        return settings
    }
}
