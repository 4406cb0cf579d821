import Glibc
import Media
import MediaTesting
import Testing

extension EndToEnd {
    /// `publish --file`.
    @Suite struct FileTests {
        /// A clip with a picture that changes all the time and a rising tone.
        private static func clip(_ path: String, seconds: Int, _ video: [String]) async throws {
            try await FFmpeg.make(
                path,
                [
                    "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25:duration=\(seconds)", "-f", "lavfi",
                    "-i",
                    "aevalsrc=sin(2*PI*t*(200+100*t)):sample_rate=44100:duration=\(seconds)", "-c:v",
                    "libx264",
                    "-pix_fmt", "yuv420p", "-g", "25", "-c:a", "aac", "-b:a", "96k",
                ] + video)
        }

        @Test(.timeLimit(.minutes(1)))
        func baselineAndAACAreRecordedUnchanged() async throws {
            let meeting = try await Meeting.start()
            let source = meeting.folder.path + "/clip.mp4"
            try await Self.clip(source, seconds: 4, ["-profile:v", "baseline"])
            let publisher = try meeting.publish("Clip", ["--file", source])
            #expect(try await publisher.wait() == .exited(0), "\(publisher.errors)")
            try await meeting.stop()
            let archive = try meeting.recording(of: "clip")
            try await ArchiveChecks.isFinished(archive)
            let pictures = try await FFmpeg.hashes(source).map(\.md5)
            #expect(pictures.count == 100)
            let areSamePictures = try await FFmpeg.hashes(archive).map(\.md5) == pictures
            #expect(areSamePictures)
            let sound = try await FFmpeg.hashes(source, stream: "a", copies: true).map(\.md5)
            let isSameSound = try await FFmpeg.hashes(archive, stream: "a", copies: true).map(\.md5) == sound
            #expect(isSameSound && sound.count > 150)
            let (before, after) = (try Self.lead(source), try Self.lead(archive))
            #expect(
                abs(before - after) < 0.001,
                "the sound leads by \(before) s in the source, \(after) in the archive")
        }

        /// By how much a file's first packet of sound is before its first picture, seconds.
        private static func lead(_ path: String) throws -> Double {
            let first = try ArchiveProbe(path: path).firstSeconds
            return try #require(first[.video]) - (try #require(first[.audio]))
        }

        @Test(.timeLimit(.minutes(1)))
        func loopGoesOnWithoutAHoleInTime() async throws {
            let meeting = try await Meeting.start()
            let source = meeting.folder.path + "/clip.mp4"
            try await Self.clip(source, seconds: 2, ["-profile:v", "baseline"])
            let publisher = try meeting.publish("Clip", ["--file", source, "--loop", "--duration", "5"])
            #expect(try await publisher.wait() == .exited(0), "\(publisher.errors)")
            try await meeting.stop()
            let archive = try meeting.recording(of: "clip")
            let round = try await FFmpeg.hashes(source).map(\.md5)
            let recorded = try await FFmpeg.hashes(archive)
            // Two rounds and a part of a third within 5 s.
            #expect(recorded.count > 2 * round.count && recorded.count <= 5 * 25)
            let isRepeated = recorded.enumerated().allSatisfy { $1.md5 == round[$0 % round.count] }
            #expect(isRepeated)
            let probe = try await ArchiveChecks.decodes(archive)
            #expect(probe.videoPackets == recorded.count)
            try await Self.checkSteps(archive, nominal: 1 / 25.0)
        }

        /// Sound and pictures of a file do not end at the same instant: where a round begins, the longer of them
        /// decides.
        static let maximumSeam = 0.060

        private static func checkSteps(_ path: String, nominal: Double) async throws {
            let text = try await ChildProcess.run(
                "ffprobe",
                [
                    "-v", "error", "-select_streams", "v:0", "-show_entries", "packet=pts_time", "-of",
                    "csv=p=0", path,
                ])
            let times = text.split(whereSeparator: { $0.isNewline || $0 == "," }).compactMap { Double($0) }
            let steps = zip(times.dropFirst(), times).map { $0 - $1 }
            #expect(steps.allSatisfy { $0 > nominal - 0.002 && $0 < nominal + maximumSeam }, "\(steps)")
            #expect(steps.count { abs($0 - nominal) > 0.002 } <= 2, "\(steps)")
        }

        @Test(.timeLimit(.minutes(1)))
        func bidirectionalPicturesAreEncodedAnewAndAllArrive() async throws {
            let meeting = try await Meeting.start()
            let source = meeting.folder.path + "/clip.mp4"
            try await Self.clip(source, seconds: 3, ["-profile:v", "main", "-bf", "2"])
            let publisher = try meeting.publish("Clip", ["--file", source])
            #expect(try await publisher.wait() == .exited(0), "\(publisher.errors)")
            #expect(publisher.errors.contains("encoded anew"))
            try await meeting.stop()
            let archive = try meeting.recording(of: "clip")
            let probe = try await ArchiveChecks.decodes(archive)
            #expect(probe.videoPackets == 75)
            #expect(try await FFmpeg.hashes(archive).count == 75)
        }
    }
}
