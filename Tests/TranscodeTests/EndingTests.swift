import FoundationEssentials
import Glibc
import MediaTesting
import Synchronization
import Testing
import Transcode

/// How a transcode ends: whole, or not at all.
@Suite(.enabled(if: MediaProgram.isInstalled)) struct EndingTests {
    private func code(_ body: () throws -> Void) -> String? {
        do {
            try body()
            return nil
        } catch { return (error as? TranscodeError)?.code }
    }

    @Test func inputsThatAreNoneAreToldApart() throws {
        let media = try MadeMedia()
        try FileJoining.write("no media", to: media.path("text.mp4"))
        try FileJoining.write("", to: media.path("empty.mp4"))
        try FileJoining.write("1\n00:00:00,000 --> 00:00:01,000\nhello\n", to: media.path("words.srt"))
        #expect(code { try media.transcode(media.path("none.mp4"), to: "b.mkv") } == "input_not_found")
        #expect(code { try media.transcode(media.folder.path, to: "b.mkv") } == "input_not_found")
        #expect(code { try media.transcode(media.path("text.mp4"), to: "b.mkv") } == "unreadable")
        #expect(code { try media.transcode(media.path("empty.mp4"), to: "b.mkv") } == "unreadable")
        #expect(code { try media.transcode(media.path("words.srt"), to: "b.mkv") } == "no_tracks")
        #expect(code { _ = try Prober.probe(media.path("none.mp4")) } == "input_not_found")
        #expect(code { _ = try Prober.probe(media.path("text.mp4")) } == "unreadable")
        #expect(code { _ = try FrameHasher.hash(media.path("text.mp4")) } == "unreadable")
        let sound = try media.make("s.m4a", MadeMedia.tone() + ["-c:a", "aac"])
        let pictures = RenditionSettings(container: .mp4, video: VideoSettings(), audio: nil)
        #expect(code { try media.transcode(sound, to: "b.mp4", pictures) } == "no_tracks")
        #expect(code { _ = try Comparer.compare(sound, sound) } == "no_tracks")
        #expect(code { try media.transcode(sound, to: "s.m4a") } == "settings")
        #expect(code { try media.transcode(sound, to: "none/b.mp4", from: 1) } == "output")
        let playlist = MadeMedia.lossless.in(.hls)
        #expect(code { try media.transcode(sound, to: "b%d.m3u8", playlist) } == "output")
        #expect(code { try media.transcode(sound, to: "b.mkv", from: 2, to: 1) } == "settings")
        #expect(
            try FileJoining.names(in: media.folder.path) == ["empty.mp4", "s.m4a", "text.mp4", "words.srt"])
    }

    @Test func aSourceIsNeverReplacedByItsRendition() throws {
        let media = try MadeMedia()
        let source = try media.make(
            "a-00000.ts", MadeMedia.pictures(size: "64x64", seconds: 1) + ["-c:v", "libx264"])
        try FileManager.default.createSymbolicLink(
            atPath: media.path("link.ts"), withDestinationPath: "a-00000.ts")
        let bytes = try Prober.probe(source).bytes
        let pictures = RenditionSettings(container: .mpegts, video: VideoSettings(), audio: nil)
        #expect(code { try media.transcode(source, to: "./a-00000.ts", pictures) } == "settings")
        #expect(code { try media.transcode(media.path("link.ts"), to: "a-00000.ts", pictures) } == "settings")
        #expect(code { try media.transcode(source, to: "a.m3u8", pictures.in(.hls)) } == "settings")
        #expect(code { try media.transcode(source, to: "b.m3u8", pictures.in(.hls)) } == nil)
        #expect(try Prober.probe(source).bytes == bytes)
    }

    /// Segments are files that the muxer of the playlist opens and closes by itself.
    @Test(.enabled(if: SmallDisk.isPossible), arguments: OutputContainer.allCases)
    func aFullDiskIsAnErrorAndLeavesNothing(container: OutputContainer) throws {
        let media = try MadeMedia()
        let input = try media.make("a.mp4", MadeMedia.pictures(seconds: 1) + ["-c:v", "libx264"])
        let disk = try SmallDisk(bytes: 16384)
        var settings = RenditionSettings(container: container, video: VideoSettings(crf: 1), audio: nil)
        settings.video?.codec = container.defaultVideoCodec
        let request = TranscodeRequest(
            input: input,
            outputs: [.init(path: "\(disk.path)/b.\(container.fileExtension)", settings: settings)])
        #expect(code { _ = try Transcoder.run(request) } == "output")
        #expect(try FileJoining.names(in: disk.path) == [])
        withExtendedLifetime(disk) {}
    }

    @Test func aTruncatedFileGivesWhatItHas() throws {
        let media = try MadeMedia()
        let whole = try media.make(
            "a.mp4",
            MadeMedia.pictures(size: "320x240", seconds: 4) + ["-c:v", "libx264", "-movflags", "+faststart"])
        let report = try Prober.probe(whole)
        try FileJoining.cut(whole, to: Int(report.bytes) / 2, into: media.path("b.mp4"))
        let result = try media.transcode(media.path("b.mp4"), to: "c.mkv")
        let expected = try media.reference(media.path("b.mp4")).count
        #expect(expected > 20 && expected < 90)
        #expect(result.outputs[0].framesOut == expected)
        #expect(result.notes.contains { $0.contains("ends") })
    }

    /// Each rendition locks its `.part` file: with those of all fixtures of a manifest the process would run out of files.
    @Test func whatIsDoneHoldsNoFileOpen() throws {
        let media = try MadeMedia()
        let input = try media.make(
            "a.mp4", MadeMedia.pictures(size: "64x64", seconds: 1) + ["-c:v", "libx264"])
        func open() -> [String] {
            let folder = "/proc/self/fd"
            let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
            let targets = names.compactMap {
                try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\($0)")
            }
            return targets.filter { $0.hasPrefix(media.folder.path) }
        }
        for number in 0..<3 { _ = try media.transcode(input, to: "\(number).mkv") }
        // Threads that have said that they are done may take a moment to end.
        let deadline = ContinuousClock.now + .seconds(10)
        while !open().isEmpty, ContinuousClock.now < deadline { usleep(1000) }
        #expect(open() == [])
    }

    @Test func cancellingLeavesNothing() throws {
        let media = try MadeMedia()
        let input = try media.make(
            "a.mp4", MadeMedia.pictures(size: "640x360", seconds: 4) + ["-c:v", "libx264"])
        let isCancelled = Mutex(false)
        let outputs = [OutputContainer.mp4, .hls].map {
            TranscodeRequest.Output(
                path: media.path("b.\($0.fileExtension)"), settings: MadeMedia.lossless.in($0))
        }
        let failure = code {
            _ = try Transcoder.run(
                TranscodeRequest(input: input, outputs: outputs),
                isCancelled: { isCancelled.withLock { $0 } },
                progress: { _ in isCancelled.withLock { $0 = true } })
        }
        #expect(failure == "cancelled")
        #expect(try FileJoining.names(in: media.folder.path) == ["a.mp4"])
    }

    @Test func aFailedRenditionTakesTheOthersWithIt() throws {
        let media = try MadeMedia()
        let input = try media.make("a.mp4", MadeMedia.pictures() + ["-c:v", "libx264"])
        var refused = MadeMedia.lossless
        refused.video?.preset = "no-such-preset"
        let request = TranscodeRequest(
            input: input,
            outputs: [
                .init(path: media.path("b.mkv"), settings: MadeMedia.lossless),
                .init(path: media.path("c.mkv"), settings: refused),
            ])
        #expect(code { _ = try Transcoder.run(request) } == "settings")
        #expect(try FileJoining.names(in: media.folder.path) == ["a.mp4"])
    }

    @Test func leftoversOfAKilledRunAreReplaced() throws {
        let media = try MadeMedia()
        let input = try media.make("a.mp4", MadeMedia.pictures(seconds: 14) + ["-c:v", "libx264"])
        try FileJoining.write("left over", to: media.path(".b.mkv.part"))
        try media.transcode(input, to: "b.mkv", to: 1)
        #expect(try MadeMedia.pictures(of: media.path("b.mkv")).count == 25)
        var settings = MadeMedia.lossless.in(.hls)
        settings.video?.keyframeSeconds = 1
        let long = try media.transcode(input, to: "c 100%.m3u8", settings).outputs[0]
        #expect(long.files.count == 4)
        #expect(try MadeMedia.pictures(of: media.path("c 100%.m3u8")).count == 350)
        // Segments of the longer one go with it.
        let short = try media.transcode(input, to: "c 100%.m3u8", settings, to: 2).outputs[0]
        #expect(short.files.count == 2)
        #expect(try MadeMedia.pictures(of: media.path("c 100%.m3u8")).count == 50)
        let expected =
            (["a.mp4", "b.mkv"] + short.files.map { String($0.dropFirst(media.folder.path.count + 1)) })
            .sorted()
        #expect(try FileJoining.names(in: media.folder.path) == expected)
    }

    @Test(arguments: OutputContainer.allCases) func everyContainerHoldsEveryPicture(
        _ container: OutputContainer
    ) throws {
        let media = try MadeMedia()
        let input = try media.make(
            "a.mp4", MadeMedia.pictures() + MadeMedia.tone() + ["-c:v", "libx264", "-bf", "2", "-c:a", "aac"])
        for codec in VideoCodecName.allCases where container.holds(codec) {
            let speed = [VideoCodecName.av1: "12", .vp9: "8"][codec] ?? "ultrafast"
            let settings = RenditionSettings(
                container: container, video: VideoSettings(codec: codec, crf: 20, preset: speed),
                audio: AudioSettings(codec: container.defaultAudioCodec))
            let name = "\(codec).\(container.fileExtension)"
            let result = try media.transcode(input, to: name, settings)
            #expect(result.outputs[0].framesOut == 50)
            let hashes = try FrameHasher.hash(media.path(name))
            #expect(hashes.count { $0.kind == .video } == 50, "\(name)")
            #expect(hashes.contains { $0.kind == .audio }, "\(name)")
            #expect(try MediaProgram.complaints(about: media.path(name)) == "", "\(name)")
            let measure = try Comparer.compare(input, media.path(name), metrics: [.ssim]).measures[.ssim]
            #expect((measure?.minimum ?? 0) > 0.95, "\(name)")
        }
    }
}
