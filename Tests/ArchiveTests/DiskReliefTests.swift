import Archive
import Container
import FoundationEssentials
import Glibc
import Media
import MediaTesting
import Testing

/// A disk that has no room for a while, and who notices that it has again.
@Suite("Disk with room again", .serialized, .timeLimit(.minutes(1)))
struct DiskReliefTests {
    /// Takes all room that there is.
    private func fill(_ disk: SmallDisk) -> String {
        let path = disk.path + "/filler"
        let file = open(path, O_CREAT | O_WRONLY, 0o600)
        defer { close(file) }
        let block = [UInt8](repeating: 1, count: 4096)
        while write(file, block, block.count) > 0 {}
        return path
    }

    /// As many small fragments are kept as there are sources.
    @Test(.enabled(if: SmallDisk.isPossible)) func fragmentsOfManySourcesWaitForTheDisk() async throws {
        let disk = try SmallDisk(bytes: 8 << 20)
        let stage = try MeetingStage(archive: disk.path + "/archive")
        let video = try EncodedStream.pattern(count: 61, bitRate: 400_000)
        let tracks: [UInt32] = Array(1...12)
        for track in tracks {
            stage.recorder.joined(participant: "p\(track)", name: "Guest")
            stage.recorder.trackAdded(track, participant: "p\(track)", description: video.description)
        }
        func play(_ range: Range<Int>) {
            let part = EncodedStream(description: video.description, packets: Array(video.packets[range]))
            stage.play(tracks.map { ($0, part) })
        }
        play(0..<45)
        await stage.advance(seconds: 1)
        let filler = fill(disk)
        // The keyframe at the end makes each file write what it has.
        play(45..<61)
        await stage.settle()
        #expect(stage.said.states.contains(.failed))
        unlink(filler)
        await stage.advance(seconds: 2)
        await stage.finish()
        let segments = try stage.meeting().manifest.segments
        for track in tracks {
            let files = segments.filter { $0.participant == "p\(track)" }
            let pictures = try files.flatMap { try stage.probe($0.file).pictures.map(\.index) }
            #expect(pictures == Array(0..<61), "participant \(track)")
        }
        withExtendedLifetime(disk) {}
    }

    /// Whether the server is fit for use does not depend on anybody who records.
    @Test(.enabled(if: SmallDisk.isPossible), arguments: [true, false])
    func aDiskWithRoomAgainIsNoticedThoughNothingIsRecorded(isStopped: Bool) async throws {
        let disk = try SmallDisk(bytes: 24_000_000)
        let stage = try MeetingStage(
            archive: disk.path + "/archive", warnBelowBytes: 20_000_000, stopBelowBytes: 10_000_000)
        let video = try EncodedStream.pattern(count: 30)
        stage.recorder.joined(participant: "p1", name: "Ada")
        stage.recorder.trackAdded(1, participant: "p1", description: video.description)
        stage.play([(1, video)])
        await stage.advance(seconds: 2)
        let ballast = disk.path + "/ballast"
        let file = try RecordingFile(ballast, .create)
        try file.write([UInt8](repeating: 1, count: 14 << 20), at: 0)
        await stage.advance(seconds: 2)
        #expect(stage.store.problem?.contains("is full") == true)
        let last = isStopped ? MeetingRecorder.Action.stop : .start
        if isStopped {
            await stage.ask(.stop)
        } else {
            stage.recorder.trackRemoved(1)
            stage.recorder.left(participant: "p1", reason: "bye")
        }
        await stage.settle(last)
        try file.truncate(to: 0)
        stage.manual.advance(by: 2_000_000_000)
        // What is due is done behind what has come, so it is done for sure when the second is answered.
        await stage.settle(last)
        await stage.settle(last)
        #expect(stage.store.problem?.contains("is full") != true)
        await stage.finish()
        withExtendedLifetime(disk) {}
    }
}
