import Archive
import Glibc
import Media
import MediaTesting
import Testing

@Suite("Recorder with a full disk", .timeLimit(.minutes(1)))
struct FullDiskTests {
    @Test(.enabled(if: SmallDisk.isPossible)) func whatWasWrittenBeforeSurvives() async throws {
        let disk = try SmallDisk(bytes: 256 << 10)
        let stage = try MeetingStage(archive: disk.path + "/archive")
        let video = try EncodedStream.pattern(count: 600, bitRate: 400_000)
        let total = video.packets.reduce(0) { $0 + $1.payload.count }
        try #require(total > 320 << 10, "more than the disk holds")
        stage.recorder.joined(participant: "p1", name: "Ada")
        stage.recorder.trackAdded(1, participant: "p1", description: video.description)
        stage.play([(1, video)])
        await stage.finish()
        #expect(stage.said.states.first == .failed)
        let path = try stage.path("p1-camera-1.mp4")
        let probe = try ArchiveProbe(path: path)
        #expect(probe.pictures.first?.index == 0 && probe.holes.isEmpty && probe.damaged == 0)
        #expect(probe.pictures.count > 60, "\(probe.pictures.count) pictures before the disk was full")
        #expect(try MediaProgram.complaints(about: path) == "")
        withExtendedLifetime(disk) {}
    }
}
