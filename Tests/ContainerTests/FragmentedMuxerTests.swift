import Codec
import Container
import Media
import MediaTesting
import Testing

@Suite("Fragmented muxer")
struct FragmentedMuxerTests {
    @Test func theFileBeginsWithRoomForAnIndex() throws {
        let recording = try Recording(try Recording.streams())
        let kinds = TopLevelBox.all(recording.bytes)
        #expect(kinds.prefix(3).map(\.kind) == ["ftyp", "free", "moov"])
        #expect(kinds[1].range.count == 16)
        #expect(Set(kinds.dropFirst(3).map(\.kind)) == ["moof", "mdat"])
        #expect(kinds.filter { $0.kind == "moof" }.count == recording.fragments.count)
        #expect(recording.fragments.count >= 4)
    }

    @Test func whatWasWrittenIsReadAgain() throws {
        let streams = try Recording.streams()
        let folder = try TemporaryFolder()
        let path = try folder.file(try Recording(streams).bytes)
        let samples = try Recording.samples(path)
        let configuration = try #require(streams[0].configuration)
        for (index, stream) in streams.enumerated() {
            let found = samples.filter { $0.track == index }
            #expect(found.map(\.dts) == stream.packets.map(\.dts))
            #expect(found.map(\.pts) == stream.packets.map(\.pts))
            #expect(found.map(\.isKeyframe) == stream.packets.map(\.isKeyframe))
            let payloads = stream.packets.map { packet in
                index == 1
                    ? packet.bytes()
                    : packet.payload.withUnsafeBytes {
                        AccessUnit(annexB: $0).sample(from: $0, leavingOut: configuration)
                    }
            }
            #expect(found.map(\.payload) == payloads)
        }
    }

    @Test func startTimesOfBothTracksAreKept() throws {
        var streams = try Recording.streams()
        streams[0] = streams[0].shifted(byNanoseconds: 1_300_000_000)
        streams[1] = streams[1].shifted(byNanoseconds: 700_000_000)
        let folder = try TemporaryFolder()
        let path = try folder.file(try Recording(streams).bytes)
        let demuxer = try Demuxer(path: path)
        var first: [Int: Double] = [:]
        while first.count < 2, let (track, packet) = try demuxer.next() {
            if first[track.index] == nil { first[track.index] = track.timeBase.seconds(packet.pts) }
        }
        for (index, stream) in streams.enumerated() {
            let expected = stream.description.timeBase.seconds(stream.packets[0].pts)
            #expect(abs((first[index] ?? -1) - expected) < 0.000_02)
        }
    }

    @Test func picturesAndBeepsAreWhereTheyWere() throws {
        let folder = try TemporaryFolder()
        let path = try folder.file(try Recording(try Recording.streams(seconds: 3)).bytes)
        let probe = try ArchiveProbe(path: path)
        #expect(probe.pictures.map(\.index) == Array(0..<90))
        #expect(probe.unreadable == 0 && probe.damaged == 0)
        #expect(probe.offsets.count == 3)
        #expect(probe.offsets.allSatisfy { abs($0) < 0.002 }, "\(probe.offsets)")
        #expect(try MediaProgram.complaints(about: path) == "")
    }

    @Test func aFileCutAtAnyFragmentPlays() throws {
        let recording = try Recording(try Recording.streams())
        let folder = try TemporaryFolder()
        let whole = try Recording.samples(try folder.file(recording.bytes))
        for (number, fragment) in recording.fragments.enumerated() {
            let path = try folder.file("cut\(number).mp4", Array(recording.bytes[..<fragment.upperBound]))
            let samples = try Recording.samples(path)
            for track in 0..<2 {
                let found = samples.filter { $0.track == track }
                #expect(!found.isEmpty && whole.filter { $0.track == track }.starts(with: found))
            }
            #expect(try MediaProgram.complaints(about: path) == "")
        }
    }

    @Test func anEmptyFragmentHasNoBytes() throws {
        let stream = try EncodedStream.tone(milliseconds: 100)
        let muxer = try FragmentedMuxer(
            tracks: [
                MuxedTrack(
                    description: stream.description, configuration: stream.description.codecConfiguration)
            ], tags: [:])
        var sizes: [Int] = []
        try muxer.cutFragment { sizes.append($0.count) }
        #expect(sizes.isEmpty)
        try muxer.append(track: 0, payload: [1, 2, 3], pts: 0, dts: 0, duration: 960, isKeyframe: true)
        for _ in 0..<2 { try muxer.cutFragment { sizes.append($0.count) } }
        #expect(sizes.count == 1 && sizes.allSatisfy { $0 > 0 })
    }

    @Test func timeThatDoesNotAdvanceIsRefused() throws {
        let stream = try EncodedStream.tone(milliseconds: 100)
        let muxer = try FragmentedMuxer(
            tracks: [
                MuxedTrack(
                    description: stream.description, configuration: stream.description.codecConfiguration)
            ], tags: [:])
        try muxer.append(track: 0, payload: [1], pts: 960, dts: 960, duration: 960, isKeyframe: true)
        #expect(throws: ContainerError.self) {
            try muxer.append(track: 0, payload: [1], pts: 960, dts: 960, duration: 960, isKeyframe: true)
        }
    }

    @Test func aTrackWithoutItsConfigurationIsRefused() throws {
        let sound = TrackDescription(
            codec: .opus, timeBase: .opus, format: .audio(.init(sampleRate: 48_000, channels: 1)),
            source: "microphone")
        #expect(throws: ContainerError.self) {
            try FragmentedMuxer(tracks: [MuxedTrack(description: sound, configuration: [1, 2])], tags: [:])
        }
    }

    @Test(.enabled(if: MediaProgram.isInstalled)) func tagsAreInTheFile() throws {
        let folder = try TemporaryFolder()
        let path = try folder.file(
            try Recording(
                try Recording.streams(seconds: 1), tags: ["title": "Ada Ländle", "comment": "room 7"]
            ).bytes)
        _ = try Finaliser.finalise(path)
        let outcome = try MediaProgram.run(
            "ffprobe", ["-v", "error", "-show_entries", "format_tags=title,comment", "-of", "csv=p=0", path])
        let text = try #require(outcome?.output)
        #expect(text.contains("Ada Ländle") && text.contains("room 7"))
    }
}
