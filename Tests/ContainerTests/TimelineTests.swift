import Container
import Media
import MediaTesting
import Testing

/// Time stamps that are seldom seen, before and after finalising.
@Suite("Time lines of recordings")
struct TimelineTests {
    /// Writes, reads, finalises, reads again; both must be what was written.
    ///
    /// - Parameter isDecodable: whether the pictures' order is one that ffmpeg decodes without a complaint.
    private func verify(
        _ streams: [EncodedStream], _ what: Comment, isDecodable: Bool = true,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let folder = try TemporaryFolder()
        let path = try folder.file(try Recording(streams).bytes)
        let fragmented = try Recording.samples(path)
        _ = try Finaliser.finalise(path)
        let plain = try Recording.samples(path)
        #expect(fragmented == plain, what, sourceLocation: sourceLocation)
        let demuxer = try Demuxer(path: path)
        for (stream, track) in zip(streams, demuxer.tracks) {
            let found = plain.filter { $0.track == track.index }
            #expect(found.count == stream.packets.count, what, sourceLocation: sourceLocation)
            for (sample, packet) in zip(found, stream.packets) {
                let base = stream.description.timeBase
                #expect(
                    sample.dts == base.rescale(packet.dts, to: track.timeBase), what,
                    sourceLocation: sourceLocation)
                #expect(
                    sample.pts == base.rescale(packet.pts, to: track.timeBase), what,
                    sourceLocation: sourceLocation)
            }
        }
        guard isDecodable else { return }
        let complaints = try MediaProgram.complaints(about: path)
        #expect(complaints == "", what, sourceLocation: sourceLocation)
    }

    /// 13 h 15 min is where 32 bits of 1/90000 s end; 24 h 51 min where those of 1/48000 s do.
    @Test(arguments: [13, 16, 25, 1000])
    func recordingsMayBeginAfterManyHours(hours: Int64) throws {
        try verify(try Recording.streams(seconds: 2, startingAt: hours * 3600 * 1_000_000_000), "\(hours) h")
    }

    @Test func recordingsMayLastManyHours() throws {
        var streams = try Recording.streams(seconds: 4, keyframeInterval: 1)
        for track in streams.indices {
            let base = streams[track].description.timeBase
            for index in streams[track].packets.indices {
                // Every second comes five hours later than it should, as after long silences.
                let second = streams[track].nanoseconds(streams[track].packets[index]) / 1_020_000_000
                let hole = TimeBase.nanoseconds.rescale(second * 5 * 3600 * 1_000_000_000, to: base)
                streams[track].packets[index].pts += hole
                streams[track].packets[index].dts += hole
            }
        }
        try verify(streams, "three holes of five hours")
    }

    @Test func holesAndJitterAreKept() throws {
        var streams = try Recording.streams(seconds: 3, keyframeInterval: 0.5)
        var random = SeededGenerator(seed: 11)
        streams[0].packets.removeSubrange(31..<45)
        streams[1].packets.removeSubrange(40..<90)
        for index in streams[0].packets.indices.dropFirst() {
            let jitter = Int64(random.next() % 1500)
            streams[0].packets[index].pts += jitter
            streams[0].packets[index].dts += jitter
        }
        try verify(streams, "holes and jitter")
    }

    @Test func tracksMayBeginFarApart() throws {
        let streams = try Recording.streams(seconds: 2)
        try verify([streams[0], streams[1].shifted(byNanoseconds: 1_234_567_890)], "sound later")
        try verify([streams[0].shifted(byNanoseconds: 1_234_567_890), streams[1]], "pictures later")
    }

    @Test func presentationMayDifferFromDecoding() throws {
        var streams = try Recording.streams(seconds: 2)
        // As of an encoder with one B-frame: every picture is presented one later than it is decoded, but for pairs
        // that are swapped.
        for index in streams[0].packets.indices {
            let dts = streams[0].packets[index].dts
            let shift: Int64 = index % 30 == 0 ? 1 : index % 2 == 1 ? 2 : 0
            streams[0].packets[index].pts = dts + shift * 3000
        }
        try verify(streams, "composition offsets", isDecodable: false)
    }

    @Test(arguments: [(1, 1000), (1, 30), (1001, 30_000), (1, 1_000_000), (1, 12_800)] as [(Int32, Int32)])
    func everyTimeBaseOfAFileIsExact(numerator: Int32, denominator: Int32) throws {
        let base = try #require(TimeBase(numerator, denominator))
        var streams = try Recording.streams(seconds: 1)
        streams[0].description.timeBase = base
        for index in streams[0].packets.indices {
            let ticks = Int64(index) * max(1, TimeBase.nanoseconds.rescale(33_366_667, to: base))
            streams[0].packets[index].pts = ticks
            streams[0].packets[index].dts = ticks
            streams[0].packets[index].duration = 1
        }
        try verify(streams, "\(base)")
    }

    @Test func oneTrackAloneIsAFile() throws {
        let streams = try Recording.streams(seconds: 1)
        try verify([streams[0]], "pictures alone")
        try verify([streams[1]], "sound alone")
    }

    @Test func aTrackWithoutSamplesIsLeftOut() throws {
        var streams = try Recording.streams(seconds: 1)
        streams[1].packets = []
        let folder = try TemporaryFolder()
        let path = try folder.file(try Recording(streams).bytes)
        let result = try Finaliser.finalise(path)
        #expect(result.sampleCounts == [30, 0])
        #expect(try Demuxer(path: path).tracks.map(\.kind) == [.video])
        #expect(try MediaProgram.complaints(about: path) == "")
    }
}
