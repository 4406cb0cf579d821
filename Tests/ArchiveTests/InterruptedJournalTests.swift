import Archive
import FoundationEssentials
import Glibc
import Logging
import Media
import MediaTesting
import Testing

/// Journals of meetings that went on after their first end.
@Suite("Journals of meetings that go on", .timeLimit(.minutes(1)))
struct InterruptedJournalTests {
    private static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    private static let newline = UInt8(ascii: "\n")

    private func store(_ folder: TemporaryFolder, _ time: ManualClock) throws -> ArchiveStore {
        try ArchiveStore(
            ArchiveConfiguration(path: folder.path, warnBelowBytes: 0, stopBelowBytes: 0), software: [:],
            logger: Self.logger, clock: time.clock)
    }

    private func record(_ store: ArchiveStore) -> MeetingRecorder {
        store.record(
            room: "standup", meeting: 7,
            callbacks: RecorderCallbacks(
                requestKeyframe: { _ in }, stateChanged: { _, _ in }, answered: { _, _ in }))
    }

    /// A crash before the manifest of the meeting that went on was written: that on the disk tells the first end.
    @Test func aMeetingThatWentOnAndCrashedIsRecoveredOnce() async throws {
        let stage = try MeetingStage()
        let audio = try EncodedStream.tone(milliseconds: 200)
        stage.recorder.joined(participant: "p1", name: "Ada")
        stage.recorder.trackAdded(1, participant: "p1", description: audio.description)
        stage.play([(1, audio)])
        await stage.finish()
        let folder = try stage.meeting().folder
        let journal = URL(filePath: folder + "/journal.jsonl")
        let more = """
            {"event":"restart","time":60000000,"wall":1700000060000000}
            {"event":"leave","participant":"p1","time":61000000}

            """
        let text = try Data(contentsOf: journal) + Data(more.utf8)
        try text.write(to: journal)
        let before = timespec(tv_sec: time(nil) - 10, tv_nsec: 0)
        let status = utimensat(AT_FDCWD, folder + "/meeting.json", [before, before], 0)
        try #require(status == 0)

        #expect(try MeetingRecovery.recoverAll(archive: stage.store.path) { _ in } == 1)
        let manifest = try stage.meeting().manifest
        #expect(manifest.ended == "2023-11-14T22:14:21.000Z")
        #expect(manifest.segments.map(\.state) == [.finalised])
        #expect(try MeetingRecovery.recoverAll(archive: stage.store.path) { _ in } == 0)
    }

    /// Only the end of a journal is read to find the last whole line.
    @Test(arguments: [13, 3 << 20])
    func aLongJournalGoesOnBehindItsLastWholeLine(tornBytes: Int) async throws {
        let (folder, time) = (try TemporaryFolder(), ManualClock())
        let first = try store(folder, time)
        let before = record(first)
        before.joined(participant: "ada", name: "Ada")
        before.chat(participant: "ada", name: "Ada", text: "hello", wall: 1)
        before.left(participant: "ada", reason: "restarting")
        await first.finish()
        let meeting = try #require(try ArchiveCatalogue(path: folder.path).meetings.first).folder
        let journal = URL(filePath: meeting + "/journal.jsonl")
        let text = String(repeating: "x", count: 1000)
        let line = #"{"event":"chat","participant":"ada","text":"\#(text)","time":1}"# + "\n"
        let whole = try Data(contentsOf: journal) + Data(String(repeating: line, count: 3000).utf8)
        let torn = Data(repeating: UInt8(ascii: "x"), count: tornBytes)
        try (whole + torn).write(to: journal)

        let second = try store(folder, time)
        #expect(record(second).past != nil)
        await second.finish()
        let after = try Data(contentsOf: journal)
        // What is longer than any line stays where it is, as a damaged one.
        var kept = whole
        if tornBytes > 1 << 20 {
            kept.append(torn)
            kept.append(Self.newline)
        }
        let isKept = after.starts(with: kept)
        #expect(isKept)
        let added = try after.dropFirst(kept.count).split(separator: Self.newline).map {
            try JSONDecoder().decode(JournalLine.self, from: $0)
        }
        #expect(added.first?.event == "restart" && added.last?.event == "end")
    }
}
