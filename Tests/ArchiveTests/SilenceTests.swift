import Media
import MediaTesting
import Testing

/// Sound that was not sent, because the microphone was muted.
@Suite("Silence", .timeLimit(.minutes(1)))
struct SilenceTests {
    /// What the beep detector and Opus leave of exactness, in seconds.
    private static let syncTolerance = 0.005

    private func record(_ audio: EncodedStream) async throws -> MeetingStage {
        let stage = try MeetingStage()
        let video = try EncodedStream.pattern(count: 150)
        stage.recorder.joined(participant: "p1", name: "Ada")
        stage.recorder.trackAdded(1, participant: "p1", description: video.description)
        stage.recorder.trackAdded(2, participant: "p1", description: audio.description)
        stage.play([(1, video), (2, audio)])
        await stage.finish()
        return stage
    }

    @Test func aHoleInTheSoundIsSilenceInTheFile() async throws {
        let whole = try EncodedStream.tone(milliseconds: 5000)
        var audio = whole
        audio.packets.removeAll { (1_500_000_000..<3_100_000_000).contains(whole.nanoseconds($0)) }
        #expect(audio.packets.count == whole.packets.count - 80)
        let stage = try await record(audio)
        let probe = try stage.probe("p1-camera-1.mp4")
        // One sample behind the other, without any time stamps, it is as long as what was captured.
        #expect(probe.audioPackets == whole.packets.count)
        #expect(probe.damaged == 0 && probe.hasIncreasingTimes && probe.pictures.count == 150)
        #expect(probe.offsets.allSatisfy { abs($0) < Self.syncTolerance }, "\(probe.offsets)")
        #expect(probe.beeps.count == 3 || probe.beeps.count == 4, "\(probe.beeps)")
        #expect(!probe.beeps.contains { (1.55..<3.0).contains($0) }, "\(probe.beeps)")
        #expect(try MediaProgram.complaints(about: stage.path("p1-camera-1.mp4")) == "")
    }

    @Test func oneLostPacketIsNoSilence() async throws {
        var audio = try EncodedStream.tone(milliseconds: 5000)
        audio.packets.remove(at: 100)
        let probe = try await record(audio).probe("p1-camera-1.mp4")
        #expect(probe.audioPackets == audio.packets.count)
    }

    /// A peer must not fill the disk by time stamps that jump.
    @Test func aJumpOfTheTimeStampsIsNotFilled() async throws {
        var audio = try EncodedStream.tone(milliseconds: 5000)
        for index in audio.packets.indices where index >= 100 {
            audio.packets[index].pts += 48_000 * 60
            audio.packets[index].dts += 48_000 * 60
        }
        let stage = try await record(audio)
        // Whatever files it is in.
        let files = try stage.meeting().manifest.segments.map(\.file)
        let recorded = try files.map { try stage.probe($0).audioPackets }.reduce(0, +)
        let missing = try stage.journal().filter { $0.event == "gap" }.compactMap(\.packets).reduce(0, +)
        #expect(recorded <= audio.packets.count && recorded + missing >= audio.packets.count)
    }
}
