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

/// The disk and people together.
@Suite("Disk space and recording control", .serialized, .timeLimit(.minutes(1)))
struct DiskControlTests {
    private func fill(_ disk: SmallDisk, megabytes: Int) throws {
        let file = try RecordingFile(disk.path + "/ballast", .create)
        let block = [UInt8](repeating: 1, count: 1 << 20)
        for index in 0..<megabytes { try file.write(block, at: Int64(index) << 20) }
    }

    /// A recorded meeting of 60 pictures on a disk that has filled up since.
    private func fullDisk() async throws -> (disk: SmallDisk, stage: MeetingStage, video: EncodedStream) {
        let disk = try SmallDisk(bytes: 24_000_000)
        let stage = try MeetingStage(
            archive: disk.path + "/archive", warnBelowBytes: 20_000_000, stopBelowBytes: 10_000_000)
        let video = try EncodedStream.pattern(count: 240, keyframeInterval: 0.5)
        stage.recorder.joined(participant: "p1", name: "Ada")
        stage.recorder.trackAdded(1, participant: "p1", description: video.description)
        for packet in video.packets[0..<60] { stage.recorder.packet(1, packet) }
        await stage.advance(seconds: 2)
        try fill(disk, megabytes: 14)
        await stage.advance(seconds: 2)
        #expect(stage.said.states.last == .stopped)
        return (disk, stage, video)
    }

    @Test(.enabled(if: SmallDisk.isPossible)) func roomOnTheDiskDoesNotRestartWhatAPersonStopped()
        async throws
    {
        let (disk, stage, video) = try await fullDisk()
        await stage.ask(.stop)
        #expect(stage.said.reasons.last == "Ada stopped it")
        try FileManager.default.removeItem(atPath: disk.path + "/ballast")
        stage.manual.advance(by: 2_000_000_000)
        for packet in video.packets[60..<120] { stage.recorder.packet(1, packet) }
        await stage.settle(.stop)
        #expect(stage.said.states.last == .stopped)
        #expect(try stage.meeting().manifest.segments.map(\.file) == ["p1-camera-1.mp4"])
        await stage.ask(.start)
        #expect(stage.said.states.last == .recording)
        for packet in video.packets[120..<240] { stage.recorder.packet(1, packet) }
        await stage.finish()
        #expect(try stage.probe("p1-camera-2.mp4").pictures.map(\.index) == Array(105..<240))
        withExtendedLifetime(disk) {}
    }

    @Test(.enabled(if: SmallDisk.isPossible)) func aStartOnAFullDiskWaitsForRoom() async throws {
        let (disk, stage, video) = try await fullDisk()
        await stage.ask(.stop)
        for packet in video.packets[60..<75] { stage.recorder.packet(1, packet) }
        await stage.ask(.start)
        #expect(stage.said.states.last == .stopped, "what is told is what is")
        let refusals = stage.said.answers.filter { $0.participant == "ada" }
        guard case .refused(let reason)? = refusals.last?.answer, refusals.count == 1 else {
            Issue.record("\(refusals)")
            return
        }
        #expect(reason.contains("the disk is full"))
        for packet in video.packets[75..<120] { stage.recorder.packet(1, packet) }
        await stage.settle(.start)
        try FileManager.default.removeItem(atPath: disk.path + "/ballast")
        await stage.advance(seconds: 2)
        #expect(stage.said.states.last == .recording)
        for packet in video.packets[120..<240] { stage.recorder.packet(1, packet) }
        await stage.finish()
        #expect(try stage.probe("p1-camera-2.mp4").pictures.map(\.index) == Array(120..<240))
        withExtendedLifetime(disk) {}
    }
}
