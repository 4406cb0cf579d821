import Archive
import Media
import MediaTesting
import Testing

/// Packets that wait in memory for a file that cannot begin yet.
@Suite("Packets that wait for a file", .timeLimit(.minutes(1)))
struct WaitingPacketsTests {
    /// Sound that is added to a source waits for the next keyframe, which a publisher may never send.
    @Test func largePacketsThatWaitForAKeyframeAreBoundedAndCounted() async throws {
        let memory = MemoryBudget(bytes: 1 << 30)
        let stage = try MeetingStage(preRollSeconds: 0, memory: memory)
        let video = try EncodedStream.pattern(count: 2)
        let sound = try EncodedStream.tone(milliseconds: 400)
        var packets = Array(sound.packets.prefix(10))
        for index in packets.indices {
            let large: [UInt8] = packets[index].bytes() + [UInt8](repeating: 0, count: 3 << 20)
            packets[index].payload = large
        }
        stage.recorder.joined(participant: "p1", name: "Ada")
        stage.recorder.trackAdded(1, participant: "p1", description: video.description)
        stage.play([(1, video)])
        await stage.settle()
        stage.recorder.trackAdded(2, participant: "p1", description: sound.description)
        var most = 0
        for packet in packets {
            stage.recorder.packet(2, packet)
            await stage.settle()
            most = max(most, memory.used(for: .recorder))
        }
        // More than one packet, so what waits is counted; at most what may wait, and one packet in the inbox.
        #expect(most > 4 << 20 && most < 12 << 20, "\(most)")
        await stage.finish()
        let tracks = try stage.meeting().manifest.segments.flatMap(\.tracks).filter { $0.track == 2 }
        let recorded = tracks.reduce(0) { $0 + $1.packets }
        let gaps = try stage.journal().filter { $0.event == "gap" && $0.track == 2 }
        let lost = gaps.compactMap(\.packets).reduce(0, +)
        #expect(recorded > 0 && lost > 0 && recorded + lost == packets.count, "\(recorded) and \(lost)")
    }
}
