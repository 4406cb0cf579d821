import Media
import MediaTesting
import Testing

/// The probe on which other tests rely must see what is wrong.
@Suite("Archive probe")
struct ArchiveProbeTests {
    private func probe(_ streams: [EncodedStream]) throws -> ArchiveProbe {
        let folder = try TemporaryFolder()
        return try ArchiveProbe(path: try folder.file(try Recording(streams).bytes))
    }

    @Test func missingPicturesAreHoles() throws {
        var streams = try Recording.streams(seconds: 3)
        streams[0].packets.removeSubrange(50..<60)
        let probe = try probe(streams)
        #expect(probe.holes == Array(50..<60) && probe.isInOrder && probe.videoPackets == 80)
    }

    @Test(arguments: [-200, -40, 40, 150])
    func soundThatIsShiftedIsMeasured(milliseconds: Int64) throws {
        var streams = try Recording.streams(seconds: 3, startingAt: 500_000_000)
        streams[1] = streams[1].shifted(byNanoseconds: milliseconds * 1_000_000)
        let offsets = try probe(streams).offsets
        #expect(offsets.count == 3)
        for offset in offsets { #expect(abs(offset - Double(milliseconds) / 1000) < 0.002, "\(offset)") }
    }

    @Test func aFileThatBeginsWithoutAKeyframeIsTold() throws {
        var streams = try Recording.streams(seconds: 2)
        streams[0].packets.removeFirst(10)
        #expect(try !probe(streams).startsWithKeyframe)
    }

    @Test func damagedPicturesAreCounted() throws {
        var streams = try Recording.streams(seconds: 2)
        var random = SeededGenerator(seed: 12)
        for index in 40..<44 { streams[0].packets[index].payload = [0, 0, 0, 1, 0x41] + random.bytes(300) }
        let probe = try probe(streams)
        #expect(probe.damaged + probe.unreadable + probe.holes.count > 0)
    }

    @Test func picturesOfAnotherKindAreUnreadable() throws {
        var streams = try Recording.streams(seconds: 1)
        let units = try RawH264.accessUnits(
            width: 320, height: 180, count: 30, options: ["tune": "zerolatency", "x264-params": "keyint=1"])
        for (index, unit) in units.enumerated() { streams[0].packets[index].payload = unit }
        let probe = try probe(streams)
        #expect(probe.unreadable == 30 && probe.pictures.isEmpty && probe.holes.isEmpty)
    }
}
