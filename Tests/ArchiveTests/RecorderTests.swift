import Archive
import Container
import Media
import MediaTesting
import Testing

/// The recorder through its public interface, with packets that were really encoded.
@Suite("Meeting recorder", .timeLimit(.minutes(1)))
struct RecorderTests {
    /// What the beep detector and Opus leave of exactness, in seconds.
    private static let syncTolerance = 0.005

    private func start(_ stage: MeetingStage, _ tracks: [(UInt32, EncodedStream)]) {
        stage.recorder.joined(participant: "p1", name: "Ada")
        for (track, stream) in tracks {
            stage.recorder.trackAdded(track, participant: "p1", description: stream.description)
        }
    }

    @Test func picturesAndSoundOfASourceAreOneFile() async throws {
        let stage = try MeetingStage()
        let video = try EncodedStream.pattern(count: 90)
        let audio = try EncodedStream.tone(milliseconds: 3000)
        start(stage, [(1, video), (2, audio)])
        stage.play([(1, video), (2, audio)])
        await stage.finish()
        let manifest = try stage.meeting().manifest
        #expect(manifest.segments.map(\.file) == ["p1-camera-1.mp4"])
        let probe = try stage.probe("p1-camera-1.mp4")
        #expect(probe.codecs == ["h264", "opus"])
        #expect(probe.pictures.map(\.index) == Array(0..<90))
        #expect(probe.audioPackets == audio.packets.count)
        #expect(
            probe.startsWithKeyframe && probe.hasIncreasingTimes && probe.damaged == 0
                && probe.unreadable == 0)
        #expect(probe.offsets.count == 3)
        #expect(probe.offsets.allSatisfy { abs($0) < Self.syncTolerance }, "\(probe.offsets)")
        #expect((probe.firstSeconds[.audio] ?? 1) == 0, "the earlier track begins the file")
        #expect(try MediaProgram.complaints(about: stage.path("p1-camera-1.mp4")) == "")
    }

    @Test func whoLosesTheConnectionAndComesBackGoesOnInTheSameFile() async throws {
        let stage = try MeetingStage()
        let video = try EncodedStream.pattern(count: 90)
        let audio = try EncodedStream.tone(milliseconds: 3000)
        start(stage, [(1, video), (2, audio)])
        // A second is lost; the first keyframe after it is where the pictures go on.
        func parts(_ isWanted: (Int64) -> Bool) -> [(track: UInt32, stream: EncodedStream)] {
            [(UInt32(1), video), (UInt32(2), audio)].map { track, stream in
                var part = stream
                part.packets = stream.packets.filter { isWanted(stream.nanoseconds($0)) }
                return (track: track, stream: part)
            }
        }
        let before = parts { $0 < 1_000_000_000 }
        let after = parts { $0 >= 2_000_000_000 }
        stage.play(before)
        stage.recorder.away(participant: "p1", time: stage.manual.clock.now())
        await stage.advance(seconds: 1)
        stage.recorder.returned(participant: "p1", time: stage.manual.clock.now())
        stage.play(after)
        await stage.finish()
        #expect(try stage.meeting().manifest.segments.map(\.file) == ["p1-camera-1.mp4"])
        let probe = try stage.probe("p1-camera-1.mp4")
        let kept = before[0].stream.packets.count + after[0].stream.packets.count
        #expect(probe.pictures.count == kept && probe.damaged == 0 && probe.unreadable == 0)
        #expect(probe.offsets.allSatisfy { abs($0) < Self.syncTolerance }, "\(probe.offsets)")
        let events = try stage.journal().filter { ["away", "back", "gap"].contains($0.event) }
        #expect(events.map(\.event) == ["away", "back", "gap"])
        #expect(events.last?.reason == "the connection was lost for 1000 ms")
        #expect(try MediaProgram.complaints(about: stage.path("p1-camera-1.mp4")) == "")
    }

    @Test func everySourceOfEveryParticipantHasAFile() async throws {
        let stage = try MeetingStage()
        let video = try EncodedStream.pattern(count: 30)
        let screen = try EncodedStream.pattern(count: 30, source: "screen")
        let audio = try EncodedStream.tone(milliseconds: 1000)
        start(stage, [(1, video), (2, audio), (3, screen)])
        stage.recorder.joined(participant: "p2", name: "Bob")
        stage.recorder.trackAdded(4, participant: "p2", description: audio.description)
        stage.play([(1, video), (2, audio), (3, screen), (4, audio)])
        await stage.finish()
        let segments = try stage.meeting().manifest.segments
        #expect(Set(segments.map(\.file)) == ["p1-camera-1.mp4", "p1-screen-1.mp4", "p2-camera-1.mp4"])
        #expect(segments.first { $0.file == "p2-camera-1.mp4" }?.tracks.map(\.kind) == ["audio"])
        #expect(segments.first { $0.file == "p1-screen-1.mp4" }?.tracks.map(\.kind) == ["video"])
        #expect(try stage.probe("p1-screen-1.mp4").pictures.count == 30)
    }

    @Test func picturesBeforeTheFirstKeyframeAreNotWritten() async throws {
        let stage = try MeetingStage()
        var video = try EncodedStream.pattern(count: 60)
        video.packets.removeFirst(10)
        start(stage, [(1, video)])
        stage.play([(1, video)])
        await stage.finish()
        let probe = try stage.probe("p1-camera-1.mp4")
        #expect(probe.startsWithKeyframe)
        #expect(probe.pictures.map(\.index) == Array(30..<60))
        #expect(probe.firstSeconds[.video] == 0)
        #expect(stage.said.keyframeRequests == [1], "asked for once in half a second")
    }

    @Test func theSameParametersAgainGoOnInTheSameFile() async throws {
        let stage = try MeetingStage()
        let video = try EncodedStream.pattern(count: 120, keyframeInterval: 0.5)
        start(stage, [(1, video)])
        stage.play([(1, video)])
        await stage.finish()
        #expect(try stage.meeting().manifest.segments.count == 1)
        #expect(try stage.probe("p1-camera-1.mp4").pictures.count == 120)
    }

    @Test func otherParametersBeginTheNextFile() async throws {
        let stage = try MeetingStage()
        let small = try EncodedStream.pattern(count: 60)
        let large = try EncodedStream.pattern(width: 640, height: 360, count: 60).shifted(
            byNanoseconds: 2_000_000_000)
        let audio = try EncodedStream.tone(milliseconds: 4000)
        start(stage, [(1, small), (2, audio)])
        stage.play([(1, small), (1, large), (2, audio)])
        await stage.finish()
        let first = try stage.probe("p1-camera-1.mp4")
        let second = try stage.probe("p1-camera-2.mp4")
        #expect(first.pictures.count == 60 && second.pictures.count == 60)
        #expect(first.startsWithKeyframe && second.startsWithKeyframe)
        #expect(first.damaged + second.damaged + first.unreadable + second.unreadable == 0)
        #expect(
            first.audioPackets + second.audioPackets == audio.packets.count,
            "no sound is lost at the boundary")
        // Sound goes to the file in whose time it lies: the boundary is the IDR at 2 s.
        let before = audio.packets.filter { audio.nanoseconds($0) < small.nanoseconds(large.packets[0]) }
            .count
        #expect(abs(first.audioPackets - before) <= 1)
        #expect(first.offsets.count == 2 && second.offsets.count == 2)
        #expect((first.offsets + second.offsets).allSatisfy { abs($0) < Self.syncTolerance })
        for file in ["p1-camera-1.mp4", "p1-camera-2.mp4"] {
            #expect(try MediaProgram.complaints(about: stage.path(file)) == "")
        }
    }

    @Test func soundThatComesLaterBeginsTheNextFileAndNoneIsLost() async throws {
        let stage = try MeetingStage()
        let video = try EncodedStream.pattern(count: 120)
        // Begins at 1.3 s, in the midst of a GOP: the next keyframe is at 2 s.
        let audio = try EncodedStream.tone(milliseconds: 2500).shifted(byNanoseconds: 1_300_000_000)
        start(stage, [(1, video)])
        let early = EncodedStream(description: video.description, packets: Array(video.packets.prefix(39)))
        let late = EncodedStream(description: video.description, packets: Array(video.packets.dropFirst(39)))
        stage.play([(1, early)])
        stage.recorder.trackAdded(2, participant: "p1", description: audio.description)
        stage.play([(1, late), (2, audio)])
        await stage.finish()
        let first = try stage.probe("p1-camera-1.mp4")
        let second = try stage.probe("p1-camera-2.mp4")
        #expect(first.codecs == ["h264"] && second.codecs == ["h264", "opus"])
        #expect(first.pictures.map(\.index) + second.pictures.map(\.index) == Array(0..<120))
        #expect(second.startsWithKeyframe)
        #expect(second.audioPackets == audio.packets.count)
        #expect(stage.said.keyframeRequests == [1])
    }

    @Test func aTrackThatEndsIsLeftOutFromTheNextKeyframeOn() async throws {
        let stage = try MeetingStage()
        let video = try EncodedStream.pattern(count: 90)
        let audio = try EncodedStream.tone(milliseconds: 1500)
        start(stage, [(1, video), (2, audio)])
        let early = EncodedStream(description: video.description, packets: Array(video.packets.prefix(46)))
        let late = EncodedStream(description: video.description, packets: Array(video.packets.dropFirst(46)))
        stage.play([(1, early), (2, audio)])
        stage.recorder.trackRemoved(2)
        stage.play([(1, late)])
        await stage.finish()
        let first = try stage.probe("p1-camera-1.mp4")
        let second = try stage.probe("p1-camera-2.mp4")
        #expect(
            first.pictures.map(\.index) == Array(0..<60) && second.pictures.map(\.index) == Array(60..<90))
        #expect(first.audioPackets == audio.packets.count && second.codecs == ["h264"])
    }

    @Test func soundOfTheOldFileThatArrivesLateGoesToTheOldFile() async throws {
        let stage = try MeetingStage()
        let small = try EncodedStream.pattern(count: 30)
        let large = try EncodedStream.pattern(width: 640, height: 360, count: 30).shifted(
            byNanoseconds: 1_000_000_000)
        let audio = try EncodedStream.tone(milliseconds: 2000)
        start(stage, [(1, small), (2, audio)])
        // Sound arrives 200 ms behind the pictures of the same time, so some of it after the boundary's IDR.
        var order: [(time: Int64, track: UInt32, packet: Packet)] = []
        order += (small.packets + large.packets).map { (small.nanoseconds($0), 1, $0) }
        order += audio.packets.map { (audio.nanoseconds($0) + 200_000_000, 2, $0) }
        for entry in order.sorted(by: { $0.time < $1.time }) {
            stage.recorder.packet(entry.track, entry.packet)
        }
        await stage.finish()
        let boundary = small.nanoseconds(large.packets[0])
        let before = audio.packets.filter { audio.nanoseconds($0) < boundary }.count
        #expect(try stage.probe("p1-camera-1.mp4").audioPackets == before)
        #expect(try stage.probe("p1-camera-2.mp4").audioPackets == audio.packets.count - before)
    }

    @Test func aFileThatIsLargeEnoughIsFollowedByTheNext() async throws {
        let stage = try MeetingStage(segmentBytes: 60_000)
        let video = try EncodedStream.pattern(count: 150)
        let audio = try EncodedStream.tone(milliseconds: 5000)
        start(stage, [(1, video), (2, audio)])
        stage.play([(1, video), (2, audio)])
        await stage.finish()
        let segments = try stage.meeting().manifest.segments
        #expect(segments.count > 1)
        let probes = try segments.map { try stage.probe($0.file) }
        #expect(probes.flatMap(\.pictures).map(\.index) == Array(0..<150))
        #expect(probes.map(\.audioPackets).reduce(0, +) == audio.packets.count)
        #expect(probes.allSatisfy { $0.startsWithKeyframe })
    }

    @Test func aRoomInWhichNothingHappensLeavesNothing() async throws {
        let stage = try MeetingStage()
        stage.recorder.joined(participant: "p1", name: "Ada")
        stage.recorder.left(participant: "p1", reason: "bye")
        await stage.finish()
        #expect(try ArchiveCatalogue(path: stage.store.path).meetings.isEmpty)
        #expect(stage.said.states.isEmpty)
    }

    @Test func timeStampsThatRepeatAreLeftOutAndReported() async throws {
        let stage = try MeetingStage()
        let audio = try EncodedStream.tone(milliseconds: 1000)
        start(stage, [(2, audio)])
        for packet in audio.packets {
            stage.recorder.packet(2, packet)
            stage.recorder.packet(2, packet)
        }
        await stage.finish()
        #expect(try stage.probe("p1-camera-1.mp4").audioPackets == audio.packets.count)
        #expect(try stage.journal().contains { $0.event == "gap" && $0.track == 2 })
    }
}
