import Archive
import Container
import FoundationEssentials
import Media
import MediaTesting
import Testing

@Suite("Disk space", .serialized, .timeLimit(.minutes(1)))
struct DiskSpaceTests {
    /// A file that fills a disk, and its removal.
    private func fill(_ path: String, megabytes: Int) throws {
        let file = try RecordingFile(path, .create)
        let block = [UInt8](repeating: 1, count: 1 << 20)
        for index in 0..<megabytes { try file.write(block, at: Int64(index) << 20) }
    }

    @Test(.enabled(if: SmallDisk.isPossible)) func recordingStopsInOrderAndGoesOnWhenThereIsRoom()
        async throws
    {
        let disk = try SmallDisk(bytes: 24_000_000)
        let stage = try MeetingStage(
            archive: disk.path + "/archive", warnBelowBytes: 20_000_000, stopBelowBytes: 10_000_000)
        let video = try EncodedStream.pattern(count: 240, keyframeInterval: 0.5)
        func play(_ range: Range<Int>) {
            for packet in video.packets[range] { stage.recorder.packet(1, packet) }
        }
        stage.recorder.joined(participant: "p1", name: "Ada")
        stage.recorder.trackAdded(1, participant: "p1", description: video.description)
        play(0..<60)
        await stage.advance(seconds: 2)
        try fill(disk.path + "/ballast", megabytes: 14)
        await stage.advance(seconds: 2)
        play(60..<120)
        await stage.advance(seconds: 2)
        #expect(stage.said.states.last == .stopped)
        let first = try stage.meeting().manifest.segments
        #expect(first.map(\.state) == [.finalised], "the file is finished although the meeting goes on")
        try FileManager.default.removeItem(atPath: disk.path + "/ballast")
        await stage.advance(seconds: 2)
        #expect(stage.said.states.last == .recording)
        play(120..<240)
        await stage.finish()
        #expect(try stage.meeting().manifest.segments.map(\.file) == ["p1-camera-1.mp4", "p1-camera-2.mp4"])
        #expect(try stage.probe("p1-camera-1.mp4").pictures.map(\.index) == Array(0..<60))
        #expect(try stage.probe("p1-camera-2.mp4").pictures.map(\.index) == Array(120..<240))
        #expect(try stage.journal().contains { $0.event == "gap" && $0.reason == "the disk is full" })
        withExtendedLifetime(disk) {}
    }
}
