import Archive
import Media
import MediaTesting
import Testing

@Suite("Clocks in the journal", .timeLimit(.minutes(1)))
struct ClockLinesTests {
    @Test func aPublisherThatTalksOfItsClockAllTheTimeFillsNoJournal() async throws {
        let stage = try MeetingStage()
        let sound = try EncodedStream.tone(milliseconds: 100)
        stage.recorder.joined(participant: "p1", name: "Ada")
        stage.recorder.trackAdded(1, participant: "p1", description: sound.description)
        stage.play([(1, sound)])
        await stage.settle()
        let start = stage.manual.clock.now().nanoseconds / 1000
        for _ in 0..<1000 {
            stage.manual.advance(by: 10_000_000)
            let now = stage.manual.clock.now().nanoseconds / 1000
            stage.recorder.clock(1, pts: (now - start) * 48 / 1000, serverTime: now)
            await stage.settle()
        }
        await stage.finish()
        // Ten seconds: five at once, one a second.
        let lines = try stage.journal().count { $0.event == "clock" }
        #expect((5...16).contains(lines), "\(lines)")
    }
}
