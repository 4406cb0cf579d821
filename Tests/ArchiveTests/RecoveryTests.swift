import Archive
import FoundationEssentials
import Glibc
import Media
import MediaTesting
import Testing

@Suite("Recovery of meetings", .timeLimit(.minutes(1)))
struct RecoveryTests {
    @Test func aMeetingThatWasCutOffIsInOrderAfterTheNextStart() async throws {
        let stage = try MeetingStage()
        let video = try EncodedStream.pattern(count: 120)
        let audio = try EncodedStream.tone(milliseconds: 4000)
        stage.recorder.joined(participant: "p1", name: "Ada")
        stage.recorder.trackAdded(1, participant: "p1", description: video.description)
        stage.recorder.trackAdded(2, participant: "p1", description: audio.description)
        stage.play([(1, video), (2, audio)])
        stage.recorder.chat(participant: "p1", name: "Ada", text: "done", wall: 1)
        await stage.settle()
        let archive = try stage.copyWhileItGoesOn()
        await stage.finish()

        var reports: [MeetingRecovery.FileReport] = []
        #expect(try MeetingRecovery.recoverAll(archive: archive) { reports.append($0) } == 1)
        #expect(reports.count == 1 && reports.allSatisfy { $0.isFinalised })
        let entry = try #require(try ArchiveCatalogue(path: archive).meetings.first)
        #expect(entry.manifest.ended != nil && entry.manifest.participants.map(\.name) == ["Ada"])
        let segment = try #require(entry.manifest.segments.first)
        #expect(segment.state == .finalised && segment.tracks.map(\.kind) == ["video", "audio"])
        let probe = try ArchiveProbe(path: entry.folder + "/" + segment.file)
        // The keyframe at 3 s ended the last fragment that reached the disk for sure.
        #expect(probe.pictures.count >= 89 && probe.holes.isEmpty && probe.pictures.first?.index == 0)
        #expect(segment.tracks.map(\.packets) == [probe.videoPackets, probe.audioPackets])
        #expect(try MediaProgram.complaints(about: entry.folder + "/" + segment.file) == "")
        #expect(try MeetingRecovery.recoverAll(archive: archive) { _ in } == 0, "nothing is left to do")
    }

    /// A stranger may come and go as often as there is time for it before the server is killed.
    @Test func theManifestIsMadeAnewWhoeverCameAndWent() throws {
        let place = try TemporaryFolder()
        let folder = place.path + "/a/m"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        var lines = [#"{"event":"start","room":"a","time":0,"wall":1772323200000000}"#]
        for number in 0..<20_000 {
            lines.append(#"{"event":"join","name":"M","participant":"m-\#(number)","time":\#(number)}"#)
            lines.append(#"{"event":"leave","participant":"m-\#(number)","time":\#(number)}"#)
        }
        lines.append(#"{"event":"join","name":"Ada","participant":"ada","time":20000}"#)
        try Data((lines.joined(separator: "\n") + "\n").utf8).write(
            to: URL(filePath: folder + "/journal.jsonl"))
        try MeetingRecovery.recover(folder: folder) { _ in }
        let people = try MeetingManifest.read(folder: folder).participants
        #expect(people.count <= 1001 && people.last?.id == "ada" && people.last?.left == nil)
    }

    /// What cannot be read may say that the meeting is on hold.
    @Test func aManifestThatCannotBeReadIsNotReplaced() throws {
        let place = try TemporaryFolder()
        let folder = place.path + "/a/m"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Data((#"{"event":"start","room":"a","time":0,"wall":1772323200000000}"# + "\n").utf8).write(
            to: URL(filePath: folder + "/journal.jsonl"))
        try FileManager.default.createSymbolicLink(
            atPath: folder + "/meeting.json", withDestinationPath: "elsewhere.json")
        #expect(throws: ArchiveError.self) { try MeetingRecovery.recover(folder: folder) { _ in } }
        #expect(
            try FileManager.default.destinationOfSymbolicLink(atPath: folder + "/meeting.json")
                == "elsewhere.json")
    }

    /// Somebody who has the manifest locked, for instance to add a digest on a slow disk, writes what it read before the end.
    @Test func theEndIsNotOverwrittenByWhoeverHasTheManifestLocked() async throws {
        let stage = try MeetingStage()
        let audio = try EncodedStream.tone(milliseconds: 200)
        stage.recorder.trackAdded(1, participant: "p1", description: audio.description)
        stage.play([(1, audio)])
        await stage.settle()
        let folder = try stage.meeting().folder
        let manifest = folder + "/meeting.json"
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY)
        try #require(descriptor >= 0 && flock(descriptor, LOCK_EX) == 0)
        let before = try Data(contentsOf: URL(filePath: manifest))
        async let end: Void = stage.finish()
        try await Task.sleep(for: .seconds(1))
        try before.write(to: URL(filePath: manifest))
        close(descriptor)
        await end
        #expect(try stage.meeting().manifest.ended != nil)
    }

    @Test func aFinishedMeetingIsLeftAlone() async throws {
        let stage = try MeetingStage()
        let audio = try EncodedStream.tone(milliseconds: 200)
        stage.recorder.trackAdded(1, participant: "p1", description: audio.description)
        stage.play([(1, audio)])
        await stage.finish()
        #expect(try MeetingRecovery.recoverAll(archive: stage.store.path) { _ in } == 0)
    }
}
