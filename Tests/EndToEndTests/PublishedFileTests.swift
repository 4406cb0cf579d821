import Foundation
import MediaTesting
import Testing

extension EndToEnd {
    /// Files that `publish --file` cannot send as they are, and files that are none.
    @Suite struct PublishedFileTests {
        private static let live = ["-c:v", "libx264", "-bf", "0", "-pix_fmt", "yuv420p"]

        private static func pictures(_ size: String, seconds: Int) -> [String] {
            ["-f", "lavfi", "-i", "testsrc2=size=\(size):rate=25:duration=\(seconds)"]
        }

        /// Width, height and pictures of a recording, and the shape of its pixels.
        private struct Film: Equatable {
            var width: Int
            var height: Int
            var aspect: String
            var frames: Int
        }

        private static func film(_ path: String) async throws -> Film {
            let text = try await ChildProcess.run(
                "ffprobe",
                [
                    "-v", "error", "-select_streams", "v:0", "-count_packets", "-show_entries",
                    "stream=width,height,sample_aspect_ratio,nb_read_packets", "-of", "default=nk=1:nw=1",
                    path,
                ])
            let lines = text.split(separator: "\n").map(String.init)
            guard lines.count == 4, let width = Int(lines[0]), let height = Int(lines[1]),
                let frames = Int(lines[3])
            else { throw HarnessError("ffprobe on \(path): \(text)") }
            return Film(width: width, height: height, aspect: lines[2], frames: frames)
        }

        /// Sends a file, and returns what its sender said and what was recorded.
        private static func send(
            _ source: String, in meeting: Meeting, _ arguments: [String] = []
        ) async throws -> (words: String, film: Film) {
            let publisher = try meeting.publish("Clip", ["--file", source] + arguments)
            #expect(try await publisher.wait(seconds: 40) == .exited(0), "\(publisher.errors)")
            try await meeting.stop()
            return (publisher.errors, try await film(try meeting.recording(of: "clip")))
        }

        @Test(.timeLimit(.minutes(1))) func aTelephonesVideoIsSentUpright() async throws {
            let meeting = try await Meeting.start()
            let (plain, source) = (meeting.folder.path + "/plain.mp4", meeting.folder.path + "/turned.mp4")
            try await FFmpeg.make(plain, Self.pictures("320x180", seconds: 1) + Self.live)
            try await FFmpeg.make(source, ["-i", plain, "-c", "copy", "-metadata:s:v:0", "rotate=90"])
            let (words, film) = try await Self.send(source, in: meeting)
            #expect(film == Film(width: 180, height: 320, aspect: film.aspect, frames: 25))
            #expect(words.contains("encoded anew, from h264: turned by "), "\(words)")
        }

        @Test(.timeLimit(.minutes(1))) func picturesAreEncodedAsTheFlagsAsk() async throws {
            let meeting = try await Meeting.start()
            let source = meeting.folder.path + "/plain.mp4"
            try await FFmpeg.make(source, Self.pictures("320x240", seconds: 1) + Self.live)
            let (words, film) = try await Self.send(
                source, in: meeting, ["--size", "160x160", "--bitrate", "100k"])
            #expect(film == Film(width: 160, height: 120, aspect: film.aspect, frames: 25))
            #expect(words.contains("as --size 160x160 asks for"), "\(words)")
        }

        @Test(.timeLimit(.minutes(1))) func pixelsAreSentSquare() async throws {
            let meeting = try await Meeting.start()
            let source = meeting.folder.path + "/wide.mp4"
            try await FFmpeg.make(
                source, Self.pictures("160x120", seconds: 1) + ["-vf", "setsar=2"] + Self.live)
            let (words, film) = try await Self.send(source, in: meeting)
            #expect((film.width, film.height, film.frames) == (320, 120, 25))
            #expect(
                ["1:1", "N/A"].contains(film.aspect) && words.contains("square pixels instead of 2:1"),
                "\(words)")
        }

        @Test(.timeLimit(.minutes(1))) func picturesTooLargeForAFrameAreEncodedAnew() async throws {
            let meeting = try await Meeting.start()
            let source = meeting.folder.path + "/large.mp4"
            let noise = [
                "-f", "lavfi", "-i", "nullsrc=size=3840x2160:rate=2:duration=1,geq=random(1)*255:128:128",
            ]
            try await FFmpeg.make(source, noise + Self.live + ["-preset", "ultrafast", "-qp", "1"])
            let (words, film) = try await Self.send(source, in: meeting)
            #expect(film.frames == 2)
            #expect(words.contains("encoded anew, from h264: a picture has"), "\(words)")
        }

        /// The file lasts twelve seconds, and it is enough to hear what is done with it.
        @Test(.timeLimit(.minutes(1))) func keyframesTooFarApartForLateJoinersAreEncodedAnew() async throws {
            let meeting = try await Meeting.start()
            let source = meeting.folder.path + "/long.mp4"
            try await FFmpeg.make(
                source,
                Self.pictures("160x120", seconds: 12) + Self.live + ["-g", "999", "-sc_threshold", "0"])
            let (words, film) = try await Self.send(source, in: meeting, ["--duration", "2"])
            #expect(
                film.frames > 20 && words.contains("encoded anew, from h264: keyframes are more than"),
                "\(words)"
            )
        }

        @Test(.timeLimit(.minutes(1))) func aRestartedEncodersStreamIsSentWhole() async throws {
            let meeting = try await Meeting.start()
            let part = meeting.folder.path + "/part.ts"
            let source = meeting.folder.path + "/restarted.ts"
            try await FFmpeg.make(part, Self.pictures("160x120", seconds: 2) + Self.live)
            let bytes = try Data(contentsOf: URL(filePath: part))
            try (bytes + bytes).write(to: URL(filePath: source))
            let (words, film) = try await Self.send(source, in: meeting)
            #expect(film.frames == 100)
            #expect(words.contains("step back by"), "\(words)")
            let recording = try ArchiveProbe(path: try meeting.recording(of: "clip"))
            #expect(recording.videoPackets == 100)
            let seconds = try await ChildProcess.run(
                "ffprobe",
                [
                    "-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0",
                    try meeting.recording(of: "clip"),
                ])
            #expect(abs((Double(seconds.split(separator: "\n").first ?? "") ?? 0) - 4) < 0.1, "\(seconds)")
        }

        @Test(.timeLimit(.minutes(1))) func standardInputIsSent() async throws {
            let meeting = try await Meeting.start()
            let source = meeting.folder.path + "/clip.ts"
            try await FFmpeg.make(source, Self.pictures("160x120", seconds: 1) + Self.live)
            let program = try ProgramLocation.program()
            let publisher = try ChildProcess(
                "sh", ["-c", "cat '\(source)' | '\(program)' publish \(meeting.url()) --name Clip --file -"])
            #expect(try await publisher.wait() == .exited(0), "\(publisher.errors)")
            try await meeting.stop()
            #expect(try await Self.film(try meeting.recording(of: "clip")).frames == 25)
        }

        /// As many slices as a picture has macroblocks: each is a unit of its own, and a line of the library's log.
        @Test(.timeLimit(.minutes(1))) func aPictureOfEightThousandSlicesIsSent() async throws {
            let meeting = try await Meeting.start()
            let source = meeting.folder.path + "/slices.h264"
            try await FFmpeg.make(
                source,
                Self.pictures("1920x1080", seconds: 1) + [
                    "-frames:v", "1", "-c:v", "libx264", "-x264-params", "slice-max-mbs=1",
                ])
            let (words, film) = try await Self.send(source, in: meeting)
            #expect(film.frames == 1)
            #expect(words.split(separator: "\n").count < 20, "\(words.prefix(2000))")
        }

        @Test(.timeLimit(.minutes(1))) func timeStampsThatCannotBeEndNothing() async throws {
            let meeting = try await Meeting.start()
            let source = meeting.folder.path + "/wild.mkv"
            try WildTimes.write(to: source)
            let publisher = try meeting.publish("Clip", ["--file", source, "--duration", "5"])
            #expect(try await publisher.wait() == .exited(0), "\(publisher.errors)")
            try await meeting.stop()
            #expect(
                try await FFmpeg.hashes(try meeting.recording(of: "clip"), stream: "a", copies: true).count
                    > 5)
        }

        /// Nothing of the room is touched: there is no server at all.
        @Test(.timeLimit(.minutes(1)), arguments: ["text.mp4", "words.srt", "empty.mp4"])
        func aFileThatIsNoMediaIsNoticedBeforeJoining(_ name: String) async throws {
            let publisher = try Meeting.convene([
                "publish", "convene://127.0.0.1:9/room", "--name", "Clip", "--file",
                ManifestStage.media(name),
            ])
            #expect(try await publisher.wait() == .exited(66), "\(publisher.errors)")
            #expect(publisher.errors.contains("--file"), "\(publisher.errors)")
        }

        @Test(
            .timeLimit(.minutes(1)), arguments: ["a:b.m3u8", "d:e/x.m3u8", "plain.m3u8"], ["h264", "hevc"])
        func aPlaylistsFilesLieWhereItSays(_ name: String, _ codec: String) async throws {
            let folder = try TemporaryFolder()
            try await FFmpeg.make(folder.path + "/s:1.mp4", Self.pictures("64x64", seconds: 1) + Self.live)
            try FileManager.default.createDirectory(
                atPath: folder.path + "/d:e", withIntermediateDirectories: true)
            let program = try ChildProcess(
                try ProgramLocation.program(),
                ["transcode", "s:1.mp4", name, "--video-codec", codec, "--speed", "ultrafast"],
                directory: folder.path)
            #expect(try await program.wait() == .exited(0), "\(program.errors)")
            let path = folder.path + "/" + name
            let text = try String(decoding: Data(contentsOf: URL(filePath: path)), as: UTF8.self)
            let segments = text.split(separator: "\n").filter { !$0.hasPrefix("#") }
            #expect(segments.count == 1, "\(text)")
            for segment in segments {
                let file = URL(filePath: path).deletingLastPathComponent().path + "/" + segment
                #expect(FileManager.default.fileExists(atPath: file), "\(text)")
                #expect(segment.hasPrefix("./") == name.contains("a:b"), "\(text)")
            }
            // The path with its folder in front: in `d:e/x.m3u8` the ffmpeg program sees a protocol.
            #expect(try await FFmpeg.hashes(path).count == 25)
        }

        /// A damaged stream in a room for some seconds; `scripts/damage-test` does it for ten minutes.
        @Test(.timeLimit(.minutes(2))) func aDamagedStreamLeavesEverybodyElseInPeace() async throws {
            let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
                .appendingPathComponent("../../scripts/damage-test").standardizedFileURL.path
            let program = try ProgramLocation.program()
            let test = try ChildProcess(script, ["12"], environment: ["CONVENE_PROGRAM": program])
            #expect(try await test.wait(seconds: 90) == .exited(0), "\(test.output)\(test.errors)")
        }
    }
}
