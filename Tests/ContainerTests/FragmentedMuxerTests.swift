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
        try muxer.cutFragment { sizes.append($0.reduce(0) { $0 + $1.count }) }
        #expect(sizes.isEmpty)
        try muxer.append(track: 0, payload: [1, 2, 3], pts: 0, dts: 0, duration: 960, isKeyframe: true)
        for _ in 0..<2 { try muxer.cutFragment { sizes.append($0.reduce(0) { $0 + $1.count }) } }
        #expect(sizes.count == 1 && sizes.allSatisfy { $0 > 0 })
    }

    private func toneMuxer() throws -> FragmentedMuxer {
        let stream = try EncodedStream.tone(milliseconds: 100)
        return try FragmentedMuxer(
            tracks: [
                MuxedTrack(
                    description: stream.description, configuration: stream.description.codecConfiguration)
            ], tags: [:])
    }

    @Test func timeThatCannotBeWrittenIsRefused() throws {
        let muxer = try toneMuxer()
        try muxer.append(track: 0, payload: [1], pts: 960, dts: 960, duration: 960, isKeyframe: true)
        let longest = muxer.longestDuration(ofTrack: 0)
        let refused: [(pts: Int64, dts: Int64, duration: Int64)] = [
            (960, 960, 960), (1919, 1920, 960), (1920, 1920, -1), (1920, 1920, longest + 2),
            (1922 + longest, 1920, 960), (.max, 1920, 960), (1920, 1920, .max),
        ]
        for times in refused {
            #expect(throws: ContainerError.self, "\(times)") {
                try muxer.append(
                    track: 0, payload: [1], pts: times.pts, dts: times.dts, duration: times.duration,
                    isKeyframe: true)
            }
        }
        // What was refused is left out; what is just possible is not.
        try muxer.append(
            track: 0, payload: [2], pts: 1920 + longest, dts: 1920, duration: longest, isKeyframe: true)
        let folder = try TemporaryFolder()
        var bytes = muxer.header
        try muxer.cutFragment { for part in $0 { bytes += part } }
        let samples = try Recording.samples(try folder.file(bytes))
        #expect(samples.map(\.payload) == [[1], [2]] && samples.map(\.dts) == [960, 1920])
    }

    @Test func samplesOfNoBytesAreNoneAndKeepTheTime() throws {
        let muxer = try toneMuxer()
        var bytes = muxer.header
        var sizes: [Int] = []
        // Empty ones at a fragment's beginning, in its middle, at its end, and one that has nothing else.
        for fragment in [[0, 1, 0, 0, 2], [3, 0], [0], [4, 5]] {
            for size in fragment {
                let time = Int64(sizes.count) * 960
                #expect(
                    try muxer.append(
                        track: 0, payload: [UInt8](repeating: 7, count: size), pts: time, dts: time,
                        duration: 960, isKeyframe: true) == size)
                sizes.append(size)
            }
            try muxer.cutFragment { for part in $0 { bytes += part } }
        }
        let expected = sizes.enumerated().filter { $0.element > 0 }
        let folder = try TemporaryFolder()
        let path = try folder.file(bytes)
        for _ in 0..<2 {
            let samples = try Recording.samples(path)
            #expect(samples.map(\.payload.count) == expected.map(\.element))
            #expect(samples.map(\.dts) == expected.map { Int64($0.offset) * 960 })
            _ = try Finaliser.finalise(path)
        }
    }

    /// Eight reordered pictures of a fragment; keyframes only in some fragments, large ones only in one.
    private func reorderedPictures(_ fragment: Int) -> [Recording.Sample] {
        [0, 3, 1, 2, 7, 4, 6, 5].enumerated().map { index, shown in
            let count = fragment == 4 ? 200_000 : 1 + index
            let length = (0..<4).map { UInt8(count >> (24 - 8 * $0) & 255) }
            // libavformat goes by the slices, not by the index.
            let isKeyframe = index == 0 && fragment.isMultiple(of: 2)
            return Recording.Sample(
                track: 0, pts: Int64(fragment * 8 + shown + 3) * 3000,
                dts: Int64(fragment * 8 + index) * 3000, isKeyframe: isKeyframe,
                payload: length + [UInt8](repeating: isKeyframe ? 0x65 : 0x41, count: count))
        }
    }

    private func sounds(_ fragment: Int) -> [Recording.Sample] {
        (0..<5).map { index in
            let time = Int64(fragment * 5 + index) * 960
            return Recording.Sample(
                track: 1, pts: time, dts: time, isKeyframe: true,
                payload: [UInt8](repeating: UInt8(index), count: index + 1))
        }
    }

    @Test func everyKindOfSampleIsReadAsItWasWritten() throws {
        let video = try EncodedStream.pattern(count: 1)
        let sound = try EncodedStream.tone(milliseconds: 100)
        let muxer = try FragmentedMuxer(
            tracks: [
                MuxedTrack(
                    description: video.description, configuration: try #require(video.configuration).record),
                MuxedTrack(
                    description: sound.description, configuration: sound.description.codecConfiguration),
            ], tags: [:])
        var bytes = muxer.header
        var written: [Recording.Sample] = []
        for fragment in 0..<6 {
            // Fragments with both tracks, and with one of them.
            let samples =
                (fragment == 1 ? [] : reorderedPictures(fragment)) + (fragment == 2 ? [] : sounds(fragment))
            for sample in samples {
                try muxer.append(
                    track: sample.track, payload: sample.payload, pts: sample.pts, dts: sample.dts,
                    duration: sample.track == 0 ? 3000 : 960, isKeyframe: sample.isKeyframe)
            }
            try muxer.cutFragment { for part in $0 { bytes += part } }
            written += samples
        }
        written.sort { ($0.track, $0.dts) < ($1.track, $1.dts) }
        let folder = try TemporaryFolder()
        let path = try folder.file(bytes)
        #expect(try Recording.samples(path) == written)
        // The finaliser reads the same.
        #expect(try Finaliser.finalise(path).sampleCounts == [40, 25])
        #expect(try Recording.samples(path) == written)
        // Which are keyframes, by the flags in the fragments, is in the index now (§8.6.2).
        let finalised = try TemporaryFolder.bytes(path)
        let stss: [UInt8] = Array("stss".utf8) + [0, 0, 0, 0] + [3, 1, 9, 25].flatMap { [0, 0, 0, $0] }
        #expect(finalised.indices.dropLast(stss.count).contains { finalised[$0...].starts(with: stss) })
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
