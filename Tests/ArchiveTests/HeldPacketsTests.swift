import Archive
import Media
import MediaTesting
import Testing

/// What a recorder keeps of packets that nothing follows.
@Suite("Packets that nothing follows", .timeLimit(.minutes(1)))
struct HeldPacketsTests {
    private static let large = 3 << 20

    private func largeSound(_ count: Int) throws -> EncodedStream {
        var sound = try EncodedStream.tone(milliseconds: 400)
        sound.packets = Array(sound.packets.prefix(count))
        for index in sound.packets.indices {
            let large: [UInt8] = sound.packets[index].bytes() + [UInt8](repeating: 0, count: Self.large)
            sound.packets[index].payload = large
        }
        return sound
    }

    @Test func aLargePacketThatWaitsForItsSuccessorIsCounted() async throws {
        let memory = MemoryBudget(bytes: 1 << 30)
        let stage = try MeetingStage(memory: memory)
        let sound = try largeSound(1)
        stage.recorder.joined(participant: "p1", name: "Ada")
        stage.recorder.trackAdded(1, participant: "p1", description: sound.description)
        stage.play([(1, sound)])
        await stage.advance(seconds: 60)
        #expect(memory.used(for: .recorder) >= Self.large, "a still picture may last")
        await stage.finish()
        #expect(memory.used(for: .recorder) == 0)
        #expect(try stage.meeting().manifest.segments.flatMap(\.tracks).map(\.packets) == [1])
    }

    @Test func whereMemoryIsShortItIsWrittenAndLetGo() async throws {
        let memory = MemoryBudget(bytes: 4 << 20)
        let stage = try MeetingStage(memory: memory)
        let sound = try largeSound(1)
        stage.recorder.joined(participant: "p1", name: "Ada")
        stage.recorder.trackAdded(1, participant: "p1", description: sound.description)
        stage.play([(1, sound)])
        await stage.settle()
        // Somebody else takes the rest.
        memory.add(2 << 20, for: .input)
        await stage.advance(seconds: 11)
        #expect(memory.used(for: .recorder) < 1 << 20)
        let segment = try #require(try stage.meeting().manifest.segments.first)
        #expect(segment.bytes > Self.large)
        await stage.finish()
    }

    /// Its packet waits for the track that sends nothing; then its time is over, and nobody else's may be used up.
    @Test func aTrackThatEndsWhileItWaitsIsRecordedAndLeavesNothingToDo() async throws {
        let memory = MemoryBudget(bytes: 1 << 30)
        let stage = try MeetingStage(memory: memory)
        let video = try EncodedStream.pattern(count: 1)
        let sound = try largeSound(2)
        stage.recorder.joined(participant: "p1", name: "Ada")
        stage.recorder.trackAdded(1, participant: "p1", description: video.description)
        stage.recorder.trackAdded(2, participant: "p1", description: sound.description)
        stage.play([(2, sound)])
        await stage.settle()
        stage.recorder.trackRemoved(2)
        await stage.advance(seconds: 2)
        #expect(memory.used(for: .recorder) < 1 << 20, "nothing waits for ever")
        await stage.finish()
        let tracks = try stage.meeting().manifest.segments.flatMap(\.tracks)
        #expect(tracks.map(\.track) == [2] && tracks.map(\.packets) == [2])
    }
}
