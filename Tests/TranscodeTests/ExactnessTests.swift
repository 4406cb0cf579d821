import MediaTesting
import Testing
import Transcode

/// Bit-exact renditions, and comparisons.
@Suite(.enabled(if: MediaProgram.isInstalled)) struct ExactnessTests {
    private func source(_ media: MadeMedia) throws -> String {
        try media.make(
            "a.mp4",
            MadeMedia.pictures(size: "320x180") + MadeMedia.tone() + ["-c:v", "libx264", "-c:a", "aac"])
    }

    @Test func aLadderHasTheFramesOfItsRenditionsMadeAlone() throws {
        let media = try MadeMedia()
        let input = try source(media)
        let settings = [180, 90, 46].map {
            RenditionSettings(
                container: .mp4, video: VideoSettings(height: $0, preset: "veryfast"), audio: AudioSettings())
        }
        let outputs = settings.enumerated().map {
            TranscodeRequest.Output(path: media.path("ladder\($0).mp4"), settings: $1)
        }
        let result = try Transcoder.run(TranscodeRequest(input: input, outputs: outputs, isBitExact: true))
        for (index, settings) in settings.enumerated() {
            try media.transcode(input, to: "alone\(index).mp4", settings, isBitExact: true)
            let ladder = try FrameHasher.hash(media.path("ladder\(index).mp4"))
            #expect(ladder == (try FrameHasher.hash(media.path("alone\(index).mp4"))))
            #expect(ladder.count { $0.kind == .video } == 50)
            #expect(result.outputs[index].framesOut == 50)
            // The source's last AAC frame is filled up.
            #expect((96_000...97_024).contains(result.outputs[index].audioSamples))
        }
    }

    @Test func metricsAreThoseOfFFmpeg() throws {
        let media = try MadeMedia()
        let input = try source(media)
        var settings = MadeMedia.lossless
        settings.video?.crf = 30
        // In containers with coarse times ffmpeg's filters pair other pictures.
        try media.transcode(input, to: "b.mp4", settings.in(.mp4))
        let comparison = try Comparer.compare(input, media.path("b.mp4"))
        for metric in Metric.allCases {
            let outcome = try #require(
                try MediaProgram.run(
                    "ffmpeg",
                    [
                        "-i", media.path("b.mp4"), "-i", input, "-lavfi", metric.rawValue, "-f", "null",
                        "-",
                    ]))
            let key = metric == .psnr ? "average:" : "All:"
            let text = try #require(outcome.errors.components(after: key))
            let expected = try #require(Double(text.prefix { $0.isNumber || $0 == "." }))
            let found = try #require(comparison.measures[metric])
            #expect(abs(found.average - expected) < 0.001)
            #expect(found.perFrame.count == 50)
            #expect(found.minimum == found.perFrame.min())
        }
        #expect(comparison.unmatchedFirst == 0)
        #expect(comparison.unmatchedSecond == 0)
    }

    @Test func picturesWithoutACounterpartAreCounted() throws {
        let media = try MadeMedia()
        let input = try source(media)
        try media.transcode(input, to: "b.mkv", from: 0.4, to: 1)
        let cut = try Comparer.compare(input, media.path("b.mkv"), metrics: [.psnr], from: 0.4)
        #expect(cut.frames == 15)
        #expect(cut.unmatchedFirst == 25)
        #expect(cut.measures[.psnr]?.minimum == .infinity)
        let swapped = try Comparer.compare(media.path("b.mkv"), input, metrics: [.ssim])
        #expect(swapped.frames == 15)
        #expect(swapped.unmatchedSecond == 35)
        // Other pictures are told from equal ones.
        #expect((swapped.measures[.ssim]?.average ?? 1) < 0.95)
    }

    @Test func aReportSaysWhatIsInTheFile() throws {
        let media = try MadeMedia()
        let input = try media.make(
            "a.mp4",
            MadeMedia.pictures(rate: "30000/1001") + MadeMedia.tone() + [
                "-c:v", "libx264", "-bf", "2", "-colorspace", "bt709", "-c:a", "aac", "-metadata:s:a",
                "language=eng",
            ])
        let report = try Prober.probe(input)
        #expect(report.container.contains("mp4"))
        #expect(abs((report.duration ?? 0) - 2) < 0.1)
        #expect(report.streams.map(\.kind) == ["video", "audio"])
        let video = try #require(report.streams[0].video)
        #expect(video.frameRate == "30000/1001")
        #expect(video.width == 176 && video.height == 144)
        #expect(!video.isVariableFrameRate && video.hasBFrames && video.bitDepth == 8 && !video.hasAlpha)
        #expect(video.matrix == "bt709")
        #expect(video.fieldOrder == "progressive")
        #expect(report.streams[1].language == "eng")
        #expect(report.streams[1].audio?.sampleRate == 48_000)
        #expect(report.streams[1].profile == "LC")
    }
}

extension String {
    /// What follows the first occurrence of `text`.
    fileprivate func components(after text: String) -> Substring? {
        var rest = self[...]
        while !rest.isEmpty {
            if rest.hasPrefix(text) { return rest.dropFirst(text.count) }
            rest = rest.dropFirst()
        }
        return nil
    }
}
