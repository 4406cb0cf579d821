import Archive
import Media
import MediaTesting
import Testing

/// What a publisher can say that no camera would: the others' recordings must not suffer.
@Suite("Recording of hostile publishers", .timeLimit(.minutes(1)))
struct HostilePublisherTests {
    private static let hour: Int64 = 3_600_000_000_000

    private func start(_ stage: MeetingStage, _ participant: String, _ track: UInt32, _ stream: EncodedStream)
    {
        stage.recorder.joined(participant: participant, name: participant)
        stage.recorder.trackAdded(track, participant: participant, description: stream.description)
    }

    @Test func holesOfHoursBeginTheNextFile() async throws {
        let stage = try MeetingStage()
        let first = try EncodedStream.pattern(count: 30)
        let second = try EncodedStream.pattern(count: 30).shifted(byNanoseconds: 9 * Self.hour)
        start(stage, "p1", 1, first)
        stage.play([(1, first)])
        stage.play([(1, second)])
        await stage.finish()
        #expect(try stage.meeting().manifest.segments.map(\.file) == ["p1-camera-1.mp4", "p1-camera-2.mp4"])
        for name in ["p1-camera-1.mp4", "p1-camera-2.mp4"] {
            let probe = try stage.probe(name)
            #expect(probe.pictures.map(\.index) == Array(0..<30))
            #expect(probe.firstSeconds[.video] == 0)
        }
    }

    /// In ticks of a nanosecond, MP4 holds only two seconds of one sample.
    @Test func aHoleThatTheTicksCannotHoldBeginsTheNextFile() async throws {
        let stage = try MeetingStage()
        var first = try EncodedStream.pattern(count: 30)
        for index in first.packets.indices {
            first.packets[index].pts = first.nanoseconds(first.packets[index])
            first.packets[index].dts = first.packets[index].pts
            first.packets[index].duration = 10_000_000_000
        }
        first.description.timeBase = .nanoseconds
        start(stage, "p1", 1, first)
        for round: Int64 in 0..<3 { stage.play([(1, first.shifted(byNanoseconds: round * 4_000_000_000))]) }
        await stage.finish()
        let segments = try stage.meeting().manifest.segments
        #expect(segments.map(\.file) == (1...3).map { "p1-camera-\($0).mp4" })
        #expect(segments.allSatisfy { $0.duration < 1_100_000 && $0.state == .finalised })
        for segment in segments {
            let probe = try stage.probe(segment.file)
            #expect(probe.pictures.map(\.index) == Array(0..<30) && probe.holes.isEmpty)
        }
    }

    @Test func aPictureThatIsShownHoursLaterIsLeftOutAndCounted() async throws {
        let stage = try MeetingStage()
        var video = try EncodedStream.pattern(count: 30)
        video.packets[12].pts += 1 << 40
        start(stage, "p1", 1, video)
        stage.play([(1, video)])
        await stage.finish()
        let segments = try stage.meeting().manifest.segments
        #expect(segments.count == 1 && segments.first?.duration ?? .max < 1_100_000)
        #expect(try stage.probe("p1-camera-1.mp4").pictures.count == 29)
        let gaps = try stage.journal().filter { $0.event == "gap" }
        #expect(gaps.map(\.packets) == [1] && gaps.first?.reason?.contains("time stamps") == true)
    }

    @Test func absurdTimesOfAClockChangeNothing() async throws {
        let stage = try MeetingStage()
        let video = try EncodedStream.pattern(count: 30)
        start(stage, "p1", 1, video)
        for (pts, time) in [(Int64.min, Int64.max), (.max, .min), (.max, .max), (0, .min)] {
            stage.recorder.clock(1, pts: pts, serverTime: time)
        }
        stage.play([(1, video)])
        await stage.finish()
        #expect(try stage.probe("p1-camera-1.mp4").pictures.count == 30)
    }

    @Test func anAbsurdLastDurationIsNotBelieved() async throws {
        let stage = try MeetingStage()
        var video = try EncodedStream.pattern(count: 30)
        video.packets[29].duration = Int64(UInt32.max)
        start(stage, "p1", 1, video)
        stage.play([(1, video)])
        await stage.finish()
        let segment = try #require(try stage.meeting().manifest.segments.first)
        #expect(segment.state == .finalised)
        #expect(segment.duration < 2_000_000, "30 pictures last one second")
        #expect(try stage.probe("p1-camera-1.mp4").pictures.count == 30)
    }

    @Test func aFloodOfParametersMakesFewFilesAndHurtsNobodyElse() async throws {
        let stage = try MeetingStage()
        let sizes = try [64, 96].map { try EncodedStream.pattern(width: $0, height: 64, count: 1) }
        let victim = try EncodedStream.pattern(count: 60)
        start(stage, "bad", 1, sizes[0])
        start(stage, "good", 2, victim)
        var time: Int64 = 0
        for round in 0..<200 {
            for var packet in sizes[round % 2].packets where packet.isKeyframe {
                packet.pts = time
                packet.dts = time
                time += 3000
                stage.recorder.packet(1, packet)
            }
        }
        stage.play([(2, victim)])
        await stage.finish()
        let files = try stage.meeting().manifest.segments.map(\.file)
        // Each participant may begin 32 files at once; the clock of the test stands still.
        #expect(files.filter { $0.hasPrefix("bad-") }.count <= 32)
        #expect(try stage.probe("good-camera-1.mp4").pictures.count == 60)
        #expect(try stage.journal().contains { $0.event == "gap" && $0.participant == "bad" })
    }
}
