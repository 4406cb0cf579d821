import Archive
import Media
import MediaTesting
import Testing

@Suite("Recorder with a slow disk", .timeLimit(.minutes(1)))
struct OverflowTests {
    /// The recorder's thread is held up while more comes in than the queue holds: what a slow disk does.
    @Test func whatFindsNoRoomIsAGapAndRecordingResumesAtAKeyframe() async throws {
        let gate = Mailbox<Int>(capacity: 1)
        let video = try EncodedStream.pattern(count: 120, keyframeInterval: 1)
        // A quarter of the packets' room, whatever share of it one participant may have.
        let total = video.packets.reduce(0) { $0 + $1.payload.count + 128 }
        let stage = try MeetingStage(queueBytes: total / 4, gate: gate)
        stage.recorder.joined(participant: "p1", name: "Ada")
        stage.recorder.trackAdded(1, participant: "p1", description: video.description)
        // A picture that is no keyframe makes the recorder ask for one, and wait there.
        stage.recorder.packet(1, video.packets[1])
        while stage.said.keyframeRequests.isEmpty { await Task.yield() }
        for packet in video.packets.prefix(100) { stage.recorder.packet(1, packet) }
        gate.close()
        let last = EncodedStream(description: video.description, packets: Array(video.packets.dropFirst(100)))
        // The queue is empty again when a line of chat has been written.
        stage.recorder.chat(participant: "p1", name: "Ada", text: "now", wall: 1)
        await stage.settle()
        stage.play([(1, last)])
        stage.recorder.trackRemoved(1)
        await stage.finish()
        try verifyGap(stage, kept: 120)
    }

    private func verifyGap(_ stage: MeetingStage, kept: Int) throws {
        let probes = try stage.meeting().manifest.segments.map { try stage.probe($0.file) }
        let indices = probes.flatMap(\.pictures).map(\.index)
        #expect(indices.first == 0 && probes.allSatisfy { $0.damaged == 0 && $0.startsWithKeyframe })
        let jumps = zip(indices, indices.dropFirst()).filter { $1 != $0 + 1 }
        #expect(jumps.allSatisfy { $0.1 % 30 == 0 }, "it goes on at a keyframe: \(jumps)")
        let missing = kept - indices.count
        let reported = try stage.journal().filter { $0.event == "gap" && $0.track == 1 }.compactMap(\.packets)
        // One more: the picture that made the recorder wait came before the first keyframe.
        #expect(missing > 0)
        #expect(abs(reported.reduce(0, +) - missing) <= 1, "\(reported) of \(missing)")
    }
}
