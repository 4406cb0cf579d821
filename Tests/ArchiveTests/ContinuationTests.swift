import Archive
import FoundationEssentials
import Logging
import Media
import MediaTesting
import Testing

/// Meetings that the end of a server interrupted, as the next one finds them.
@Suite("Meetings that go on", .timeLimit(.minutes(1)))
struct ContinuationTests {
    private static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    private static let meeting: UInt64 = 0xFEED_0000_0000_0001

    private func store(_ folder: TemporaryFolder, _ time: ManualClock) throws -> ArchiveStore {
        try ArchiveStore(
            ArchiveConfiguration(path: folder.path, warnBelowBytes: 0, stopBelowBytes: 0), software: [:],
            logger: Self.logger, clock: time.clock)
    }

    private func record(_ store: ArchiveStore, meeting: UInt64 = meeting) -> MeetingRecorder {
        store.record(
            room: "standup", meeting: meeting,
            callbacks: RecorderCallbacks(
                requestKeyframe: { _ in }, stateChanged: { _, _ in }, answered: { _, _ in }))
    }

    /// One second of Ada, who then leaves for this reason.
    private func play(_ recorder: MeetingRecorder, track: UInt32, _ time: ManualClock, leaving reason: String)
        throws
    {
        let video = try EncodedStream.pattern(count: 30)
        recorder.joined(participant: "ada", name: "Ada")
        recorder.trackAdded(track, participant: "ada", description: video.description)
        recorder.clock(track, pts: 0, serverTime: time.now().nanoseconds / 1000)
        for packet in video.packets { recorder.packet(track, packet) }
        recorder.trackRemoved(track)
        recorder.left(participant: "ada", reason: reason)
    }

    private func journal(_ folder: String) throws -> [JournalLine] {
        try Data(contentsOf: URL(filePath: folder + "/journal.jsonl")).split(separator: UInt8(ascii: "\n"))
            .map {
                try JSONDecoder().decode(JournalLine.self, from: $0)
            }
    }

    @Test func aMeetingThatWasInterruptedGoesOn() async throws {
        let (folder, time) = (try TemporaryFolder(), ManualClock())
        let first = try store(folder, time)
        let before = record(first)
        #expect(before.past == nil)
        try play(before, track: 5, time, leaving: "restarting")
        await first.finish()
        time.advance(by: 4_000_000_000)
        let second = try store(folder, time)
        let after = record(second, meeting: 3)
        let past = try #require(after.past)
        #expect(past.meeting == Self.meeting && past.participants == ["ada"] && past.lastTrack == 5)
        try play(after, track: 6, time, leaving: "bye")
        await second.finish()

        let meetings = try ArchiveCatalogue(path: folder.path).meetings
        let entry = try #require(meetings.first)
        #expect(meetings.count == 1)
        #expect(entry.manifest.participants.map(\.id) == ["ada"])
        #expect(entry.manifest.segments.map(\.file) == ["ada-camera-1.mp4", "ada-camera-2.mp4"])
        #expect(entry.manifest.segments.allSatisfy { $0.state == .finalised })
        // The second file lies where it was captured: the time without a server has passed.
        let starts = entry.manifest.segments.map(\.start)
        #expect(abs(starts[1] - starts[0] - 4_000_000) <= 1)
        let lines = try journal(entry.folder)
        let events: [String] = lines.map(\.event).filter { $0 != "clock" && $0 != "segment" }
        let last: [String] = ["restart", "join", "gap", "track", "untrack", "leave", "end"]
        #expect(Array(events.suffix(7)) == last)
        let gap = try #require(lines.first { $0.event == "gap" })
        #expect(gap.participant == "ada" && gap.packets == 0)
        #expect(try #require(gap.duration) >= 3_000_000)
        #expect(MeetingVerifier(folder: entry.folder).findings.allSatisfy { $0.severity == .note })
    }

    @Test(arguments: ["bye", "server_shutdown", "disconnected"])
    func aMeetingThatIsOverStaysSo(reason: String) async throws {
        let (folder, time) = (try TemporaryFolder(), ManualClock())
        let first = try store(folder, time)
        try play(record(first), track: 1, time, leaving: reason)
        await first.finish()
        time.advance(by: 1_000_000_000)
        let second = try store(folder, time)
        #expect(record(second).past == nil)
        await second.finish()
    }

    @Test func nobodyIsWaitedForTooLong() async throws {
        let (folder, time) = (try TemporaryFolder(), ManualClock())
        let first = try store(folder, time)
        try play(record(first), track: 1, time, leaving: "restarting")
        await first.finish()
        let second = try store(folder, time)
        time.advance(by: 31_000_000_000)
        #expect(record(second).past == nil)
        await second.finish()
        time.advance(by: 31_000_000_000)
        let third = try store(folder, time)
        #expect(record(third).past == nil)
        await third.finish()
    }

    /// A folder may come from anywhere: what it says must neither trap nor lead out of it.
    @Test(arguments: [
        #""lastTrack""#, #"{"time":9223372036854775807,"event":"leave","participant":"x"}"#,
        #"{"time":1,"event":"track","track":4294967295,"participant":"ada","codec":"h264"}"#,
        #"{"time":1,"event":"restart","wall":9223372036854775807}"#,
    ])
    func aJournalThatIsHostileDoesNoHarm(line: String) async throws {
        let (folder, time) = (try TemporaryFolder(), ManualClock())
        let first = try store(folder, time)
        try play(record(first), track: 1, time, leaving: "restarting")
        await first.finish()
        let meeting = try #require(try ArchiveCatalogue(path: folder.path).meetings.first).folder
        let path = meeting + "/journal.jsonl"
        let text = try String(contentsOfFile: path, encoding: .utf8) + line + "\n"
        try Data(text.utf8).write(to: URL(filePath: path))
        let second = try store(folder, time)
        try play(record(second), track: 1, time, leaving: "bye")
        await second.finish()
    }
}
