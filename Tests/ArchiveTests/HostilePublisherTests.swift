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

    @Test func whatCannotBeDecodedBehindAHoleIsCounted() async throws {
        let stage = try MeetingStage()
        var video = try EncodedStream.pattern(count: 90)
        for index in 45..<90 {
            video.packets[index].pts += 90_000 * 7200
            video.packets[index].dts += 90_000 * 7200
        }
        start(stage, "p1", 1, video)
        stage.play([(1, video)])
        await stage.finish()
        #expect(try stage.probe("p1-camera-1.mp4").pictures.map(\.index) == Array(0..<45))
        #expect(try stage.probe("p1-camera-2.mp4").pictures.map(\.index) == Array(60..<90))
        let gaps = try stage.journal().filter { $0.event == "gap" }
        #expect(gaps.compactMap(\.packets).reduce(0, +) == 15)
    }

    /// The second track's pictures refer to a keyframe in the file before; they are recorded all the same.
    @Test func anotherTracksNewFileLosesNothing() async throws {
        let stage = try MeetingStage()
        let first = try EncodedStream.pattern(count: 30)
        let changed = try EncodedStream.pattern(width: 640, height: 360, count: 60)
        let other = try EncodedStream.pattern(count: 90, keyframeInterval: 3)
        start(stage, "p1", 1, first)
        stage.recorder.trackAdded(2, participant: "p1", description: other.description)
        var both = first
        both.packets += changed.shifted(byNanoseconds: 1_000_000_000).packets
        stage.play([(1, both), (2, other)])
        await stage.finish()
        let segments = try stage.meeting().manifest.segments
        let counts = [1, 2].map { track in
            segments.flatMap(\.tracks).filter { $0.track == track }.reduce(0) { $0 + $1.packets }
        }
        #expect(segments.count >= 2 && counts == [90, 90], "\(counts)")
        #expect(try stage.journal().allSatisfy { $0.event != "gap" })
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

    /// A run of them, behind which a picture would last longer than MP4 can say.
    @Test func picturesThatAreShownTooLateDoNotEndTheRecording() async throws {
        let stage = try MeetingStage()
        var video = try EncodedStream.pattern(count: 120)
        for index in video.packets.indices {
            let time = video.nanoseconds(video.packets[index])
            video.packets[index].dts = time
            video.packets[index].pts = (10..<100).contains(index) ? time + 3_000_000_000 : time
        }
        video.description.timeBase = .nanoseconds
        start(stage, "p1", 1, video)
        stage.play([(1, video)])
        await stage.finish()
        let (manifest, gaps) = (
            try stage.meeting().manifest, try stage.journal().filter { $0.event == "gap" }
        )
        #expect(manifest.segments.allSatisfy { $0.state == .finalised })
        #expect(gaps.compactMap(\.packets).reduce(0, +) == 110)
        let reasons = gaps.compactMap(\.reason)
        #expect(reasons.allSatisfy { $0.contains("time stamps") || $0.contains("keyframe") }, "\(reasons)")
        #expect(try stage.probe("p1-camera-1.mp4").pictures.map(\.index).prefix(10) == ArraySlice(0..<10))
    }

    /// Ticks of the publisher's that are finer than those of the file.
    @Test func soundThatLastsNoTickIsLeftOutAndCounted() async throws {
        let stage = try MeetingStage()
        var sound = try EncodedStream.tone(milliseconds: 1000)
        for index in sound.packets.indices {
            let time = sound.nanoseconds(sound.packets[index]) + 100_000_000
            sound.packets[index].pts = time
            sound.packets[index].dts = time
        }
        sound.packets[20].dts = sound.packets[19].dts + 1
        sound.packets[20].pts = sound.packets[20].dts
        sound.description.timeBase = .nanoseconds
        start(stage, "p1", 1, sound)
        stage.play([(1, sound)])
        await stage.finish()
        let segments = try stage.meeting().manifest.segments
        #expect(segments.map(\.state) == [.finalised])
        #expect(segments.first?.tracks.first?.packets == sound.packets.count - 1)
        #expect(try stage.journal().filter { $0.event == "gap" }.map(\.packets) == [1])
    }

    @Test func packetsWithoutAPictureAreNoSamplesAndShiftNothing() async throws {
        let stage = try MeetingStage()
        var video = try EncodedStream.pattern(count: 60)
        let sets = try #require(video.configuration)
        let parameters =
            [UInt8]([0, 0, 0, 1]) + sets.sequenceParameterSets[0] + [0, 0, 1] + sets.pictureParameterSets[0]
        for (index, payload) in [(40, [0, 0, 1]), (20, parameters), (7, [1, 2, 3])] {
            var packet = video.packets[index]
            packet.payload = payload
            packet.flags = []
            packet.dts += 1500
            packet.pts = packet.dts
            video.packets.insert(packet, at: index + 1)
        }
        start(stage, "p1", 1, video)
        stage.play([(1, video)])
        await stage.finish()
        let segment = try #require(try stage.meeting().manifest.segments.first)
        #expect(segment.state == .finalised && segment.tracks.first?.packets == 60)
        let probe = try stage.probe("p1-camera-1.mp4")
        #expect(probe.pictures.map(\.index) == Array(0..<60) && probe.damaged == 0)
        let steps = zip(probe.pictures, probe.pictures.dropFirst()).map { $1.seconds - $0.seconds }
        #expect(steps.allSatisfy { abs($0 - 1 / 30) < 0.000_1 }, "\(steps)")
        #expect(
            MeetingVerifier(folder: try stage.meeting().folder).findings.allSatisfy {
                $0.severity != .problem
            })
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
