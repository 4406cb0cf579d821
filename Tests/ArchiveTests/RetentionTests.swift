import Archive
import FoundationEssentials
import Media
import MediaTesting
import Testing

@Suite("Retention", .timeLimit(.minutes(1)))
struct RetentionTests {
    private func meetings(_ archive: SyntheticArchive) throws -> [MeetingSummary] {
        try archive.index { try $0.meetings() }
    }

    /// Seconds after the synthetic archive's epoch as the plan wants its instants.
    private func instant(_ seconds: Int64) -> Int64 { (SyntheticArchive.epoch + seconds) * 1_000_000 }

    @Test func aDeletedMeetingIsGone() throws {
        let archive = try SyntheticArchive()
        try archive.add(room: "a", meeting: "m1", start: 0)
        try archive.add(room: "a", meeting: "m2", start: 1)
        _ = try meetings(archive)
        try MeetingRemoval.delete("a/m1", archive: archive.path)
        #expect(try meetings(archive).map(\.folder) == ["a/m2"])
        #expect(try FileManager.default.contentsOfDirectory(atPath: archive.path + "/a") == ["m2"])
        try MeetingRemoval.delete("a/m2", archive: archive.path)
        #expect(!FileManager.default.fileExists(atPath: archive.path + "/a"), "an empty room goes, too")
        #expect(throws: ArchiveError.self) { try MeetingRemoval.delete("a/m2", archive: archive.path) }
    }

    @Test func whatACrashLeavesOfADeletionIsNowhereListedAndGoesLater() throws {
        let archive = try SyntheticArchive()
        try archive.add(room: "a", meeting: ".deleted-m1", start: 0)
        try archive.add(room: "a", meeting: "m2", start: 1)
        #expect(try meetings(archive).map(\.folder) == ["a/m2"])
        #expect(try ArchiveCatalogue(path: archive.path).meetings.map(\.manifest.meeting) == ["m2"])
        #expect(try ArchiveVerifier.folders(archive: archive.path).count == 1)
        MeetingRemoval.finish(archive: archive.path)
        #expect(try FileManager.default.contentsOfDirectory(atPath: archive.path + "/a") == ["m2"])
    }

    @Test func aMeetingOnHoldStaysAlsoWhenTheCatalogueIsMadeAnew() throws {
        let archive = try SyntheticArchive()
        try archive.add(room: "a", meeting: "m1", start: 0)
        #expect(try MeetingHold.set(true, folder: "a/m1", archive: archive.path))
        #expect(try !MeetingHold.set(true, folder: "a/m1", archive: archive.path), "it was already")
        try FileManager.default.removeItem(atPath: archive.catalogue)
        #expect(try meetings(archive).map(\.hold) == [true])
        #expect(throws: ArchiveError.self) { try MeetingRemoval.delete("a/m1", archive: archive.path) }
        #expect(try MeetingHold.set(false, folder: "a/m1", archive: archive.path))
        try MeetingRemoval.delete("a/m1", archive: archive.path)
        #expect(try meetings(archive).isEmpty)
    }

    @Test func aHoldWhileItIsRecordedStaysAndSoDoesTheMeeting() async throws {
        let stage = try MeetingStage()
        let audio = try EncodedStream.tone(milliseconds: 500)
        stage.recorder.joined(participant: "p1", name: "Ada")
        stage.recorder.trackAdded(1, participant: "p1", description: audio.description)
        stage.play([(1, audio)])
        stage.recorder.chat(participant: "p1", name: "Ada", text: "hello", wall: 1)
        await stage.settle()
        let folder = try stage.meeting().folder.split(separator: "/").suffix(2).joined(separator: "/")
        #expect(throws: ArchiveError.self) { try MeetingRemoval.delete(folder, archive: stage.store.path) }
        #expect(try MeetingHold.set(true, folder: folder, archive: stage.store.path))
        await stage.finish()
        let manifest = try stage.meeting().manifest
        #expect(manifest.hold == true && manifest.isComplete)
    }

    @Test func aHoldOutlivesRecovery() throws {
        let archive = try SyntheticArchive()
        try archive.add(room: "a", meeting: "m1", start: 0, segments: 0, hold: true)
        try MeetingRecovery.recover(folder: archive.path + "/a/m1") { _ in }
        #expect(try MeetingManifest.read(folder: archive.path + "/a/m1").hold == true)
    }

    @Test func whatIsTooOldGoesAndWhatIsOnHoldStays() throws {
        let archive = try SyntheticArchive()
        try archive.add(room: "a", meeting: "old", start: 0)
        try archive.add(room: "a", meeting: "held", start: 10, hold: true)
        try archive.add(room: "a", meeting: "new", start: 1000)
        let plan = PrunePlan(
            .init(olderThanSeconds: 500, keepFreeBytes: nil), meetings: try meetings(archive),
            archive: archive.path,
            now: instant(1100), freeBytes: 0)
        #expect(plan.deletions.map(\.meeting.meeting) == ["old"])
        #expect(plan.deletions.first?.reason == .age(seconds: 1040))
        #expect(plan.kept.map(\.meeting.meeting) == ["held"])
        #expect(plan.missingBytes == 0)
    }

    @Test func theOldestGoUntilThereIsRoom() throws {
        let archive = try SyntheticArchive()
        for number in 1...4 {
            let name = "m\(number)"
            try archive.add(room: "a", meeting: name, start: Int64(number), hold: number == 2)
            try Data(count: 100_000).write(to: URL(filePath: "\(archive.path)/a/\(name)/p1-camera-1.mp4"))
        }
        func plan(_ keepFree: Int64) throws -> PrunePlan {
            PrunePlan(
                .init(olderThanSeconds: nil, keepFreeBytes: keepFree), meetings: try meetings(archive),
                archive: archive.path, now: instant(10), freeBytes: 50_000)
        }
        #expect(try plan(50_000).deletions.isEmpty)
        #expect(try plan(60_000).deletions.map(\.meeting.meeting) == ["m1"])
        let more = try plan(200_000)
        #expect(more.deletions.map(\.meeting.meeting) == ["m1", "m3"])
        #expect(more.kept.map(\.meeting.meeting) == ["m2"] && more.missingBytes == 0)
        let tooMuch = try plan(10_000_000)
        #expect(tooMuch.deletions.count == 3 && tooMuch.missingBytes > 9_000_000)
    }

    @Test func moreThanHalfIsMuch() throws {
        let archive = try SyntheticArchive()
        for number in 1...4 { try archive.add(room: "a", meeting: "m\(number)", start: Int64(number) * 100) }
        func isMuch(_ seconds: Int64) throws -> Bool {
            let meetings = try meetings(archive)
            let plan = PrunePlan(
                .init(olderThanSeconds: seconds, keepFreeBytes: nil), meetings: meetings,
                archive: archive.path,
                now: instant(1000), freeBytes: 0)
            let bytes = meetings.reduce(0) { $0 + PrunePlan.bytes($1, archive: archive.path) }
            return plan.isMoreThanHalf(of: .init(meetings: meetings.count, bytes: bytes))
        }
        #expect(try !isMuch(700) && isMuch(600), "two of four, three of four")
    }
}
