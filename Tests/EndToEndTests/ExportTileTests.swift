import Archive
import Codec
import Container
import Foundation
import Media
import MediaTesting
import Testing

extension EndToEnd {
    /// What is in the tiles of an export, what it sounds like, and what becomes of files that are there.
    @Suite struct ExportTileTests {
        private static func export(
            _ meeting: StagedMeeting, to path: String, _ arguments: [String] = []
        ) async throws -> ChildProcess {
            let process = try Meeting.convene(
                [
                    "export", "last", path, "--archive", meeting.archive, "--size", "1280x720", "--preset",
                    "ultrafast",
                ] + arguments)
            _ = try await process.wait(seconds: 60)
            return process
        }

        /// The pictures of a film.
        private static func pictures(_ path: String) throws -> [VideoFrame] {
            let demuxer = try Demuxer(path: path)
            let track = try #require(demuxer.tracks.first { $0.kind == .video })
            let decoder = try VideoDecoder(
                track.parameters, timeBase: track.timeBase, threads: 2, isLowDelay: false)
            var pictures: [VideoFrame] = []
            while let (found, packet) = try demuxer.next() {
                guard found.index == track.index else { continue }
                pictures += try decoder.decode(packet).map(\.frame)
            }
            return try pictures + decoder.finish().map(\.frame)
        }

        /// The sound of a film, 48 kHz, one channel.
        private static func sound(_ path: String) throws -> [Float] {
            let demuxer = try Demuxer(path: path)
            let track = try #require(demuxer.tracks.first { $0.kind == .audio })
            let decoder = try AudioDecoder(
                track.parameters, timeBase: track.timeBase, sampleRate: 48_000, channels: 1)
            var samples: [Float] = []
            while let (found, packet) = try demuxer.next() {
                guard found.index == track.index else { continue }
                samples += try decoder.decode(packet).flatMap(\.samples)
            }
            return try samples + decoder.finish().flatMap(\.samples)
        }

        @Test(.timeLimit(.minutes(2)))
        func aScreenOnWhichNothingMovesStays() async throws {
            // Its pictures end after two seconds, its track after nine.
            let meeting = try await StagedMeeting([
                .init(name: "Ada", range: 0..<9, hole: 2..<9, source: "screen"),
                .init(name: "Bob", range: 0..<10),
            ])
            let path = meeting.folder.path + "/out.mp4"
            let process = try await Self.export(meeting, to: path)
            try #require(process.errors.isEmpty, "\(process.errors)")
            let film = try Film(path)
            let rate = StagedMeeting.rate
            let shown = film.pictures[2 * rate..<9 * rate - 6].map { $0.reading(2, 0)?.index }
            #expect(shown.dropFirst(6).allSatisfy { $0 == UInt32(2 * rate - 1) }, "\(shown)")
            #expect(film.pictures[9 * rate + 6..<10 * rate - 6].allSatisfy { $0.reading(1, 0) != nil })
        }

        @Test(.timeLimit(.minutes(2)))
        func nothingSticksOutBehindPortraitVideo() async throws {
            let meeting = try await StagedMeeting([
                .init(name: "A name that is wider than the picture", range: 0..<2, size: (180, 320))
            ])
            let path = meeting.folder.path + "/out.mp4"
            let process = try await Self.export(meeting, to: path)
            try #require(process.errors.isEmpty, "\(process.errors)")
            let picture = try Self.pictures(path)[30]
            // Beside the picture, above the strip with the name.
            let values = (40..<600).flatMap { y in
                (Array(30..<400) + Array(900..<1240)).map { Int(picture.sample(plane: 0, x: $0, y: y)) }
            }
            #expect((values.max() ?? 255) - (values.min() ?? 0) <= 6)
        }

        @Test(.timeLimit(.minutes(2)))
        func filesThatAreThereStayUnlessTheyMayBeReplaced() async throws {
            let meeting = try await StagedMeeting([.init(name: "Ada", range: 0..<1)])
            let path = meeting.folder.path + "/out.mkv"
            let chat = meeting.folder.path + "/out.vtt"
            try "old film".write(toFile: path, atomically: true, encoding: .utf8)
            let refused = try await Self.export(meeting, to: path)
            #expect(try await refused.wait() == .exited(74))
            #expect(refused.errors.contains("out.mkv is there already. Add --overwrite"), "\(refused.errors)")
            #expect(try String(contentsOfFile: path, encoding: .utf8) == "old film")

            // The meeting's own chat marks its seconds.
            let film = meeting.folder.path + "/own.mkv"
            _ = try await Self.export(meeting, to: film)
            try await ChildProcess.run("mv", [meeting.folder.path + "/own.vtt", chat])
            let replaced = try await Self.export(
                meeting, to: path, ["--overwrite", "--from", "0.2", "--to", "0.8"])
            #expect(try await replaced.wait() == .exited(0), "\(replaced.errors)")
            let names = try await ChildProcess.run("ls", ["-A", meeting.folder.path])
            let hasChat = names.split(separator: "\n").contains("out.vtt")
            // None of the marks is in this stretch.
            #expect(!hasChat, "\(names)")
            let format = try await ChildProcess.run(
                "ffprobe", ["-v", "error", "-show_entries", "format=format_name", "-of", "csv=p=0", path])
            #expect(format.contains("matroska"), "\(format)")
            try await FFmpeg.check(path)

            let webm = try await Self.export(meeting, to: meeting.folder.path + "/out.webm")
            #expect(try await webm.wait() == .exited(64))
            #expect(webm.errors.contains("mp4, m4v, mov, mkv"), "\(webm.errors)")

            let clips = meeting.folder.path + "/clips"
            for (arguments, status) in [([], 0), ([], 74), (["--overwrite"], 0)] as [([String], Int32)] {
                let clip = try Meeting.convene(
                    ["clip", "last", clips, "--archive", meeting.archive, "--from", "0", "--to", "1"]
                        + arguments)
                #expect(try await clip.wait() == .exited(status), "\(clip.errors)")
            }
        }

        @Test(.timeLimit(.minutes(2)))
        func aForeignFileWithSubtitlesStaysUnlessThereIsChat() async throws {
            let meeting = try await StagedMeeting([.init(name: "Ada", range: 0..<1)])
            let path = meeting.folder.path + "/out.mp4"
            let chat = meeting.folder.path + "/out.vtt"
            try "WEBVTT\n\nmine".write(toFile: chat, atomically: true, encoding: .utf8)
            let silent = ["--from", "0.2", "--to", "0.8"]
            for arguments in [silent, silent + ["--overwrite"]] {
                let process = try await Self.export(meeting, to: path, arguments)
                #expect(try await process.wait() == .exited(0), "\(process.errors)")
                #expect(process.output.contains("out.vtt: not from Convene"), "\(process.output)")
                #expect(try String(contentsOfFile: chat, encoding: .utf8) == "WEBVTT\n\nmine")
            }
            let other = meeting.folder.path + "/out.mkv"
            let refused = try await Self.export(meeting, to: other)
            #expect(try await refused.wait() == .exited(74))
            #expect(refused.errors.contains("out.vtt is there already"), "\(refused.errors)")
            let replaced = try await Self.export(meeting, to: other, ["--overwrite"])
            #expect(replaced.output.contains("in place of a file that Convene had not"), "\(replaced.output)")
            let text = try String(contentsOfFile: chat, encoding: .utf8)
            #expect(text.contains("\nNOTE ") && text.contains("<v Clock>0"), "\(text)")
        }

        @Test(.timeLimit(.minutes(2)))
        func somebodyWithoutAnyPacketHasATileAndChapters() async throws {
            // Quim has a track, of which nothing ever comes: muted, with the camera off.
            let meeting = try await StagedMeeting([
                .init(name: "Pia", range: 0..<10), .init(name: "Quim", range: 3..<7, hole: 0..<10),
            ])
            let path = meeting.folder.path + "/out.mp4"
            let process = try await Self.export(meeting, to: path)
            try #require(process.errors.isEmpty, "\(process.errors)")
            let (film, rate) = (try Film(path), StagedMeeting.rate)
            for (range, people) in [(0..<3, 1), (3..<7, 2), (7..<10, 1)] {
                let pictures = film.pictures[range.lowerBound * rate + 6..<range.upperBound * rate - 6]
                #expect(pictures.allSatisfy { $0.reading(people, 0) != nil }, "\(range)")
            }
            let chapters = try await ChildProcess.run(
                "ffprobe", ["-v", "error", "-show_entries", "chapter_tags=title", "-of", "csv=p=0", path])
            #expect(chapters.contains("Quim joined") && chapters.contains("Quim left"), "\(chapters)")
        }

        @Test(.timeLimit(.minutes(2)))
        func soundGoesOnThroughTheJointOfTwoFiles() async throws {
            // The pictures' size changes after three seconds, and with it the file.
            let tone = Voices.tone([330], seconds: 7, level: -12)
            let meeting = try await StagedMeeting([
                .init(name: "Ada", range: 0..<6, voice: tone, sizeChange: 3)
            ])
            let entry = try #require(try ArchiveCatalogue(path: meeting.archive).meetings.first)
            #expect(entry.manifest.segments.count == 2)
            let path = meeting.folder.path + "/out.m4a"
            let process = try await Self.export(meeting, to: path, ["--audio-only", "--no-normalise"])
            try #require(process.errors.isEmpty, "\(process.errors)")
            let sound = try Self.sound(path)
            func rest(_ range: Range<Double>) -> Double {
                Self.rest(of: 330, in: sound[Int(range.lowerBound * 48_000)..<Int(range.upperBound * 48_000)])
            }
            let usual = rest(1.0..<1.2)
            for start in stride(from: 2.8, to: 3.2, by: 0.02) {
                #expect(rest(start..<start + 0.02) < max(4 * usual, 0.001), "\(start)")
            }
            // From the middle on, too, it is right from the first sample.
            let cut = meeting.folder.path + "/cut.m4a"
            _ = try await Self.export(
                meeting, to: cut, ["--audio-only", "--no-normalise", "--from", "4.013"])
            let second = try Self.sound(cut)
            // Behind the 1024 samples with which an AAC encoder begins.
            #expect(Self.rest(of: 330, in: second[1504..<2464]) < max(4 * usual, 0.001))
        }

        /// The share of the power that is not in a sine of `frequency`.
        private static func rest(of frequency: Double, in sound: ArraySlice<Float>) -> Double {
            var (cosine, sine, power) = (0.0, 0.0, 0.0)
            var (cc, ss, cs) = (0.0, 0.0, 0.0)
            for (index, sample) in sound.enumerated() {
                let angle = 2 * .pi * frequency * Double(index) / 48_000
                let (c, s, value) = (cos(angle), sin(angle), Double(sample))
                cosine += value * c
                sine += value * s
                cc += c * c
                ss += s * s
                cs += c * s
                power += value * value
            }
            // The sine that fits best, by least squares.
            let determinant = cc * ss - cs * cs
            let (a, b) = (
                (cosine * ss - sine * cs) / determinant, (sine * cc - cosine * cs) / determinant
            )
            return power > 0 ? max(power - a * cosine - b * sine, 0) / power : 1
        }

        @Test(.timeLimit(.minutes(2)))
        func twoSpeakersComeOutEquallyLoudAndInTime() async throws {
            let loud = Voices.speech(seconds: 5, level: -18) + Voices.silence(seconds: 6)
            let quiet = Voices.silence(seconds: 5) + Voices.speech(seconds: 6, level: -42, pitch: 200)
            let meeting = try await StagedMeeting([
                .init(name: "Ada", range: 0..<10, voice: loud),
                .init(name: "Bob", range: 0..<10, voice: quiet),
            ])
            func loudness(_ path: String, from: Double) throws -> Double {
                var meter = Loudness(channels: 1)
                meter.hear(Array(try Self.sound(path)[Int(from * 48_000)..<Int((from + 4.4) * 48_000)]))
                return meter.integrated ?? -100
            }
            /// Where sound begins, seconds.
            func onset(_ path: String, after: Double) throws -> Double {
                let sound = try Self.sound(path)[Int(after * 48_000)...]
                let peak = sound.reduce(0) { max($0, abs($1)) }
                return Double(sound.firstIndex { abs($0) > peak / 10 } ?? 0) / 48_000
            }
            let (raw, level) = (meeting.folder.path + "/raw.m4a", meeting.folder.path + "/level.m4a")
            _ = try await Self.export(meeting, to: raw, ["--audio-only", "--no-normalise"])
            let process = try await Self.export(meeting, to: level, ["--audio-only"])
            #expect(process.errors.isEmpty, "\(process.errors)")
            #expect(try loudness(raw, from: 0.3) - loudness(raw, from: 5.3) > 20)
            #expect(try abs(loudness(level, from: 0.3) - loudness(level, from: 5.3)) < 3)
            // What is louder is not later.
            #expect(try abs(onset(raw, after: 4.9) - onset(level, after: 4.9)) < 0.005)
        }
    }
}
