import Archive
import Media
import MediaTesting
import Testing

/// What comes while a writer is at work on the meeting, and what comes all at once.
@Suite("Waking of the recorder", .timeLimit(.minutes(1)))
struct WakeTests {
    /// A meeting whose recorder is held up, at each first request for a keyframe, until `gate` lets it go on.
    private func held(_ gate: Mailbox<Int>) async throws -> (MeetingStage, EncodedStream) {
        let video = try EncodedStream.pattern(count: 2)
        let stage = try MeetingStage(gate: gate)
        stage.recorder.joined(participant: "p1", name: "Ada")
        stage.recorder.trackAdded(1, participant: "p1", description: video.description)
        // A picture that is no keyframe makes the recorder ask for one, and wait there.
        stage.recorder.packet(1, video.packets[1])
        while stage.said.keyframeRequests.isEmpty { await Task.yield() }
        return (stage, video)
    }

    @Test func anEndThatComesTogetherWithTheLastTrackIsAnEnd() async throws {
        let gate = Mailbox<Int>(capacity: 1)
        let (stage, _) = try await held(gate)
        stage.recorder.trackRemoved(1)
        stage.recorder.left(participant: "p1", reason: "bye")
        stage.recorder.close()
        gate.close()
        await stage.recorder.waitUntilFinished()
        #expect(try stage.journal().last?.event == "end")
        await stage.finish()
    }

    @Test func whatComesWhileALongBatchIsHandledIsRecorded() async throws {
        let gate = Mailbox<Int>(capacity: 2)
        let (stage, video) = try await held(gate)
        // More than is handled at once. Behind it nothing is due by itself: no track is left.
        stage.recorder.joined(participant: "p2", name: "Bob")
        stage.recorder.trackAdded(2, participant: "p2", description: video.description)
        stage.recorder.packet(2, video.packets[1])
        for _ in 0..<600 { stage.recorder.chat(participant: "p1", name: "Ada", text: "x", wall: 1) }
        for track: UInt32 in 1...2 { stage.recorder.trackRemoved(track) }
        gate.put(1)
        while stage.said.keyframeRequests.count < 2 { await Task.yield() }
        stage.recorder.chat(participant: "p1", name: "Ada", text: "late", wall: 1)
        gate.close()
        await stage.settle()
        let lines = try stage.journal().filter { $0.event == "chat" }
        #expect(lines.count == 601 && lines.last?.text == "late")
        await stage.finish()
    }
}
