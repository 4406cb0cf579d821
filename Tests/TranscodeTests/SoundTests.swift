import Codec
import Container
import Media
import MediaTesting
import Testing
import Transcode

/// Sound, and that it stays with the picture.
@Suite(.enabled(if: MediaProgram.isInstalled)) struct SoundTests {
    /// A picture of the source lasts 40 ms.
    private static let onePicture = 0.04

    /// Black and silent, but white and loud from 1.0 s to 1.2 s.
    private func flash(_ media: MadeMedia, _ name: String, _ options: [String]) throws -> String {
        try media.make(
            name,
            [
                "-f", "lavfi", "-i", "color=black:size=64x64:rate=25:duration=2", "-f", "lavfi", "-i",
                "aevalsrc='if(between(t,1,1.2),sin(2*PI*1000*t),0)':s=48000:d=2", "-vf",
                "geq=lum='if(between(T,0.999,1.199),235,16)':cb=128:cr=128",
            ] + options)
    }

    /// Seconds from the first white picture to the first loud sample.
    private func distance(_ path: String) throws -> Double {
        let picture = try #require(
            MadeMedia.pictures(of: path).first { ($0.lumaGrid ?? []).contains { $0 > 120 } }?.seconds)
        let demuxer = try Demuxer(path: path)
        let track = try #require(demuxer.tracks.first { $0.kind == .audio })
        let decoder = try AudioDecoder(
            track.parameters, timeBase: track.timeBase, sampleRate: 48_000, channels: 1)
        var sounds: [DecodedSound] = []
        while let (found, packet) = try demuxer.next() {
            if found.index == track.index { sounds += try decoder.decode(packet) }
        }
        sounds += try decoder.finish()
        for sound in sounds {
            guard let index = sound.samples.firstIndex(where: { abs($0) > 0.2 }) else { continue }
            return track.timeBase.seconds(sound.pts) + Double(index) / 48_000 - picture
        }
        Issue.record("there is no sound in \(path)")
        return .infinity
    }

    @Test(arguments: OutputContainer.allCases, [nil, "30", "12.5"]) func soundStaysWithThePicture(
        _ container: OutputContainer, rate: String?
    ) throws {
        let media = try MadeMedia()
        let input = try flash(media, "a.mp4", ["-c:v", "libx264", "-bf", "2", "-c:a", "aac"])
        #expect(try abs(distance(input)) < Self.onePicture)
        let settings = RenditionSettings(
            container: container,
            video: VideoSettings(
                codec: container.defaultVideoCodec, frameRate: rate.flatMap { FrameRatio($0) }),
            audio: AudioSettings(codec: container.defaultAudioCodec))
        let name = "b.\(container.fileExtension)"
        try media.transcode(input, to: name, settings)
        // At 12.5 pictures a second one lasts 80 ms.
        let limit = rate == "12.5" ? 2 * Self.onePicture : Self.onePicture
        #expect(try abs(distance(media.path(name))) < limit)
        try media.transcode(input, to: name, settings, from: 0.53)
        #expect(try abs(distance(media.path(name))) < limit)
    }

    @Test func soundThatBeginsLateStaysLate() throws {
        let media = try MadeMedia()
        let whole = try flash(media, "a.mkv", ["-c:v", "libx264", "-c:a", "pcm_s16le"])
        let late = try media.make(
            "b.mkv",
            [
                "-i", whole, "-ss", "0.7", "-i", whole, "-map", "0:v", "-map", "1:a", "-c:v", "copy", "-af",
                "asetpts=PTS+0.7/TB", "-c:a", "pcm_s16le",
            ])
        for name in ["c.mp4", "d.mkv"] {
            try media.transcode(late, to: name, MadeMedia.lossless.in(name == "c.mp4" ? .mp4 : .mkv))
            #expect(try abs(distance(media.path(name))) < Self.onePicture, "\(name)")
        }
    }

    @Test func aGapInTheSoundBecomesSilence() throws {
        let media = try MadeMedia()
        // Sound is missing from 0.3 s to 0.6 s, so that what follows would come too early.
        let input = try flash(
            media, "a.mkv",
            ["-af", "aselect='not(between(t,0.3,0.6))'", "-c:v", "libx264", "-c:a", "pcm_s16le"])
        try media.transcode(input, to: "b.mkv")
        #expect(try abs(distance(media.path("b.mkv"))) < Self.onePicture)
        let samples = try media.transcode(input, to: "c.mkv").outputs[0].audioSamples
        #expect(abs(samples - 96_000) < 1100)
    }

    /// A damaged header that halves the rate makes one packet last as long as two: it overlaps with the next.
    @Test func soundThatChangesItsRateAndOverlapsGoesOn() throws {
        let media = try MadeMedia()
        func part(_ name: String, rate: Int, offset: String) throws -> String {
            try media.make(
                name,
                [
                    "-f", "lavfi", "-i", "sine=duration=1:sample_rate=\(rate)", "-c:a", "mp2", "-muxdelay",
                    "0",
                    "-muxpreload", "0", "-output_ts_offset", offset,
                ])
        }
        let joined = media.path("joined.ts")
        try FileJoining.join(
            [part("a.ts", rate: 48_000, offset: "0"), part("b.ts", rate: 24_000, offset: "0.95")],
            into: joined
        )
        let output = try media.transcode(joined, to: "c.mp4").outputs[0]
        #expect(abs(output.duration - 1.95) < 0.05)
        // What both have is there once.
        #expect(abs(output.audioSamples - 93_600) < 2400)
    }

    @Test func transportStreamsThatWereJoinedStayTogether() throws {
        let media = try MadeMedia()
        let part = try flash(media, "a.ts", ["-c:v", "libx264", "-c:a", "aac"])
        let later = try media.make("b.ts", ["-i", part, "-c", "copy", "-output_ts_offset", "5000"])
        let joined = media.path("joined.ts")
        try FileJoining.join([part, later], into: joined)
        let result = try media.transcode(joined, to: "c.mkv")
        #expect(result.outputs[0].framesOut == 100)
        #expect(result.outputs[0].duration < 4.3)
        #expect(result.notes.contains { $0.contains("jump") })
        #expect(try abs(distance(media.path("c.mkv"))) < Self.onePicture)
    }

    @Test func allTracksAreKeptWithTheirLanguages() throws {
        let media = try MadeMedia()
        let input = try media.make(
            "a.mkv",
            MadeMedia.pictures() + MadeMedia.tone() + MadeMedia.tone(rate: 44_100) + [
                "-map", "0", "-map", "1", "-map", "2", "-c:v", "libx264", "-c:a", "aac", "-metadata:s:a:0",
                "language=eng",
                "-metadata:s:a:1", "language=deu", "-disposition:a:1", "default", "-disposition:a:0", "0",
            ])
        for container in [OutputContainer.mp4, .mkv, .mpegts] {
            try media.transcode(input, to: "b.out", MadeMedia.lossless.in(container))
            let sounds = try Prober.probe(media.path("b.out")).streams.filter { $0.kind == "audio" }
            // The one that players choose comes first.
            #expect(sounds.map(\.language) == ["deu", "eng"], "\(container)")
            #expect(sounds.map { $0.audio?.sampleRate } == [44_100, 48_000], "\(container)")
        }
        let hls = try media.transcode(input, to: "c.m3u8", MadeMedia.lossless.in(.hls))
        #expect(hls.outputs[0].notes.contains { $0.contains("further audio tracks") })
    }

    @Test func surroundIsMixedToStereo() throws {
        let media = try MadeMedia()
        let input = try media.make(
            "a.mkv",
            MadeMedia.tone() + ["-af", "pan=5.1|c0=c0|c1=c0|c2=c0|c3=c0|c4=c0|c5=c0", "-c:a", "pcm_s16le"])
        let settings = RenditionSettings(container: .mp4, video: nil, audio: AudioSettings())
        let result = try media.transcode(input, to: "b.mp4", settings)
        #expect(try Prober.probe(media.path("b.mp4")).streams[0].audio?.layout == "stereo")
        #expect(result.outputs[0].notes.contains { $0.contains("mixed to stereo") })
        var six = settings
        six.audio?.channels = 6
        try media.transcode(input, to: "c.mp4", six)
        #expect(try Prober.probe(media.path("c.mp4")).streams[0].audio?.channels == 6)
    }

    @Test func whatIsNeitherPictureNorSoundIsLeftOutWithANote() throws {
        let media = try MadeMedia()
        try FileJoining.write("1\n00:00:00,000 --> 00:00:01,000\nhello\n", to: media.path("words.srt"))
        let cover = try media.make(
            "cover.png", ["-f", "lavfi", "-i", "color=red:size=64x64", "-frames:v", "1"])
        let input = try media.make(
            "a.mkv",
            MadeMedia.pictures() + ["-i", media.path("words.srt"), "-c:v", "libx264", "-c:s", "subrip"])
        #expect(try media.transcode(input, to: "b.mkv").notes.contains { $0.contains("subtitles") })
        let film = try media.make(
            "c.mp4",
            MadeMedia.tone() + [
                "-i", cover, "-map", "0", "-map", "1", "-c:a", "aac", "-c:v", "png", "-disposition:v",
                "attached_pic",
            ])
        let result = try media.transcode(film, to: "d.mkv")
        #expect(result.notes.contains { $0.contains("cover art") })
        #expect(try Prober.probe(media.path("d.mkv")).streams.map(\.kind) == ["audio"])
    }
}
