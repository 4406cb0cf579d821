import Glibc
import MediaTesting
import Testing

extension EndToEnd {
    /// `export` and `clip` of a meeting with somebody who comes late and somebody who leaves early.
    @Suite struct ExportTests {
        /// Of two tiles at the same instant, milliseconds: a picture of either (33 ms) and the clocks' difference.
        static let maximumDifference = 40
        static let names = ["Ada", "Bob", "Cleo"]
        static let pattern = ["--test-pattern", "--tone", "--size", "320x180", "--rate", "30"]
        static let width = 1280
        static let height = 720

        private static func record() async throws -> Meeting {
            let meeting = try await Meeting.start()
            let ada = try meeting.publish("Ada", pattern + ["--duration", "8"])
            let bob = try meeting.publish("Bob", pattern + ["--duration", "5"])
            try await meeting.waitForRecording(of: "ada", bytes: 30_000)
            let cleo = try meeting.publish("Cleo", pattern + ["--duration", "5"])
            for person in [ada, bob, cleo] {
                #expect(try await person.wait() == .exited(0), "\(person.errors)")
            }
            try await meeting.stop()
            return meeting
        }

        @Test(.timeLimit(.minutes(2)))
        func aMeetingBecomesOneFileWhoseTilesAgree() async throws {
            let meeting = try await Self.record()
            let path = meeting.folder.path + "/out.mp4"
            let export = try Meeting.convene([
                "export", "last", path, "--archive", meeting.archive, "--size",
                "\(Self.width)x\(Self.height)",
                "--preset", "ultrafast",
            ])
            #expect(try await export.wait(seconds: 60) == .exited(0), "\(export.errors)")
            try await FFmpeg.check(path)
            let manifest = try meeting.manifest()
            let start = try #require(manifest.segments.map(\.start).min())
            let end = try #require(manifest.segments.map { $0.start + $0.duration }.max())
            let film = try Film(path)
            #expect(abs(film.pictures.count - Int((end - start) * 30 / 1_000_000)) <= 1)
            // All three are there from the beginning of the last to the end of the first.
            let from = try #require(manifest.segments.map(\.start).max()) - start + 200_000
            let until = try #require(manifest.segments.map { $0.start + $0.duration }.min()) - start - 200_000
            let together = film.pictures[Int(from * 30 / 1_000_000)..<Int(until * 30 / 1_000_000)]
            #expect(together.count >= 60)
            for picture in together {
                let times = (0..<3).compactMap { picture.reading(3, $0)?.time }
                #expect(times.count == 3, "a tile cannot be read")
                let difference = Int(times.max() ?? 0) - Int(times.min() ?? 0)
                #expect(difference <= Self.maximumDifference, "\(times)")
            }
            let chapters = try await ChildProcess.run(
                "ffprobe", ["-v", "error", "-show_entries", "chapter_tags=title", "-of", "csv=p=0", path])
            for title in ["Cleo joined", "Bob left"] { #expect(chapters.contains(title), "\(chapters)") }
            let sound = try ArchiveProbe(path: path)
            #expect(sound.codecs.contains("aac") && sound.beeps.count >= 6, "\(sound.beeps)")
        }

        @Test(.timeLimit(.minutes(2)))
        func clipsBeginAtTheirTimeAndCopyTheRest() async throws {
            let meeting = try await Self.record()
            // Across a keyframe, and between two.
            try await clip(meeting, from: 3.37, to: 4.93)
            try await clip(meeting, from: 4.2, to: 4.7)
        }

        private func clip(_ meeting: Meeting, from: Double, to: Double) async throws {
            let folder = meeting.folder.path + "/clips-\(from)"
            let clip = try Meeting.convene([
                "clip", "last", folder, "--archive", meeting.archive, "--from", "\(from)", "--to", "\(to)",
            ])
            #expect(try await clip.wait() == .exited(0), "\(clip.errors)")
            for segment in try meeting.manifest().segments {
                let whole = try meeting.meetingFolder() + "/" + segment.file
                let part = folder + "/" + segment.file
                try await FFmpeg.check(part)
                let start = Double(segment.start) / 1e6
                let wanted = try ArchiveProbe(path: whole).pictures.filter {
                    (from..<to).contains($0.seconds + start)
                }
                let probe = try ArchiveProbe(path: part)
                #expect(probe.pictures.map(\.index) == wanted.map(\.index))
                #expect(probe.damaged == 0 && probe.holes.isEmpty && probe.startsWithKeyframe)
                for (picture, original) in zip(probe.pictures, wanted) {
                    #expect(abs(picture.seconds - (original.seconds + start - from)) < 0.002)
                }
                #expect(
                    probe.offsets.allSatisfy { abs($0) <= ArchiveChecks.maximumOffset }, "\(probe.offsets)")
                try await Self.isCopiedFromAKeyframeOn(part, of: whole)
            }
        }

        /// The pictures of the last keyframe and behind it are those of the recording.
        private static func isCopiedFromAKeyframeOn(_ part: String, of whole: String) async throws {
            let copied = Set(try await FFmpeg.hashes(whole).map(\.md5))
            let hashes = try await FFmpeg.hashes(part).map(\.md5)
            let first = hashes.firstIndex { copied.contains($0) } ?? hashes.count
            #expect(hashes[first...].allSatisfy { copied.contains($0) })
        }

        @Test(.timeLimit(.minutes(2)))
        func anInterruptedExportLeavesNothing() async throws {
            let meeting = try await Self.record()
            let folder = meeting.folder.path + "/out"
            mkdir(folder, 0o755)
            let export = try Meeting.convene([
                "export", "last", folder + "/film.mp4", "--archive", meeting.archive, "--size", "640x360",
                "--preset", "veryslow",
            ])
            _ = try await export.line("progress") { $0.contains("times real time") }
            export.signal(SIGINT)
            #expect(try await export.wait() == .exited(1))
            #expect(export.errors.contains("interrupted"))
            #expect(try await ChildProcess.run("ls", ["-A", folder]).isEmpty)
        }
    }
}
