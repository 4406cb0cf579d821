import Archive
import FoundationEssentials
import Glibc
import Media
import MediaTesting
import Testing

/// A disk that refuses for a while, and is good again.
@Suite("Recorder with a disk that fails for a while", .timeLimit(.minutes(1)))
struct PassingFaultTests {
    private static let second: Int64 = 1_000_000_000

    /// Takes all room that there is.
    private func fill(_ disk: SmallDisk) -> String {
        let path = disk.path + "/filler"
        let file = open(path, O_CREAT | O_WRONLY, 0o600)
        defer { close(file) }
        let block = [UInt8](repeating: 1, count: 4096)
        while write(file, block, block.count) > 0 {}
        return path
    }

    @Test(.enabled(if: SmallDisk.isPossible))
    func everythingBeforeItAndFromTwoSecondsBehindItIsRecorded() async throws {
        let disk = try SmallDisk(bytes: 4 << 20)
        let stage = try MeetingStage(archive: disk.path + "/archive")
        let video = try EncodedStream.pattern(count: 600)
        stage.recorder.joined(participant: "p1", name: "Ada")
        stage.recorder.trackAdded(1, participant: "p1", description: video.description)
        func play(_ range: Range<Int>) async {
            stage.play([
                (1, EncodedStream(description: video.description, packets: Array(video.packets[range])))
            ])
            await stage.settle()
        }
        await play(0..<100)
        await stage.advance(seconds: 1)
        let filler = fill(disk)
        for second in 0..<10 {
            await play((100 + second * 30)..<(130 + second * 30))
            await stage.advance(seconds: 1)
        }
        #expect(stage.said.states == [.failed])
        let reason = try #require(stage.said.reasons.last ?? nil)
        #expect(reason.contains("disk is full") && !reason.contains("/") && !reason.contains("--archive"))
        #expect(stage.store.problem?.contains("No space") == true)
        unlink(filler)
        await stage.advance(seconds: 2)
        await play(400..<600)
        await stage.advance(seconds: 1)
        #expect(stage.said.states == [.failed, .recording], "told again when it is good")
        // Somebody looks every second whether a file can be made again.
        while stage.store.problem != nil { try await Task.sleep(for: .milliseconds(10)) }
        await stage.finish()
        let segments = try stage.meeting().manifest.segments
        let pictures = try segments.flatMap { try stage.probe($0.file).pictures.map(\.index) }
        #expect(Array(pictures.prefix(100)) == Array(0..<100))
        #expect(pictures.suffix(180) == ArraySlice(420..<600), "from the first keyframe on")
        #expect(segments.allSatisfy { $0.state == .finalised })
        let missing = try stage.journal().filter { $0.event == "gap" }.compactMap(\.packets).reduce(0, +)
        #expect(missing == 600 - pictures.count)
        var problems: [String] = []
        try MeetingRecovery.recover(folder: stage.meeting().folder) {
            if let it = $0.problem { problems.append(it) }
        }
        #expect(problems.isEmpty)
        withExtendedLifetime(disk) {}
    }

    @Test(.enabled(if: SmallDisk.isPossible)) func aReadOnlyArchiveIsFoundAtTheStart() throws {
        let disk = try SmallDisk(bytes: 1 << 20)
        try FileManager.default.createDirectory(
            atPath: disk.path + "/archive", withIntermediateDirectories: false)
        try #require(mount(nil, disk.path, nil, UInt(MS_REMOUNT | MS_RDONLY), nil) == 0)
        do {
            _ = try MeetingStage(archive: disk.path + "/archive")
            Issue.record("it was opened")
        } catch let error as ArchiveError {
            #expect(error.description.contains("Read-only"), "\(error)")
        }
        withExtendedLifetime(disk) {}
    }

    /// What a crash leaves of a file that had just begun is nothing to complain about.
    @Test func anEmptyFileIsNoProblemForRecovery() async throws {
        let stage = try MeetingStage()
        let video = try EncodedStream.pattern(count: 60)
        stage.recorder.joined(participant: "p1", name: "Ada")
        stage.recorder.trackAdded(1, participant: "p1", description: video.description)
        stage.play([(1, video)])
        await stage.settle()
        await stage.advance(seconds: 1)
        let copy = try stage.copyWhileItGoesOn()
        let folder = try #require(try ArchiveCatalogue(path: copy).meetings.first).folder
        _ = FileManager.default.createFile(atPath: folder + "/p1-camera-2.mp4", contents: nil)
        var reports: [MeetingRecovery.FileReport] = []
        try MeetingRecovery.recover(folder: folder) { reports.append($0) }
        #expect(reports.allSatisfy { $0.problem == nil }, "\(reports)")
        let manifest = try MeetingManifest.read(folder: folder)
        #expect(manifest.segments.map(\.file) == ["p1-camera-1.mp4"])
        #expect(!FileManager.default.fileExists(atPath: folder + "/p1-camera-2.mp4"))
        await stage.finish()
    }
}
