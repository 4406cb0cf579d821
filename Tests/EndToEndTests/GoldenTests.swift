import Foundation
import MediaTesting
import Testing

extension EndToEnd {
    /// Golden frames: the same on every machine, and every difference is found and named.
    @Suite struct GoldenTests {
        private static let fixtures = ["h264-25.mp4", "ten-bit.mp4", "interlaced.mp4"]
        private static let renditions = """
            {"small": {"container": "mp4", "video": {"codec": "h264", "height": 90, "crf": 30, "preset": "veryfast"},
                       "audio": {"codec": "aac"}},
             "webm": {"container": "webm", "video": {"codec": "vp9", "height": 90, "crf": 40, "preset": "8"},
                      "audio": {"codec": "opus"}}}
            """

        /// The folder of the golden frames of the libavcodec that runs, relative to the stage.
        private func folder(_ stage: ManifestStage) throws -> String {
            let names = try FileManager.default.contentsOfDirectory(atPath: stage.folder.path + "/golden")
            return "golden/" + (try #require(names.first))
        }

        @Test(.timeLimit(.minutes(3)))
        func framesAreTheSameWhateverTheMachine() async throws {
            let stage = try ManifestStage(Self.fixtures, renditions: Self.renditions)
            #expect(try await stage.run(["--update"]).status == .exited(0))
            let places: [(wrapper: [String], arguments: [String], environment: [String: String])] = [
                ([], ["--jobs", "1"], [:]), ([], ["--jobs", "2"], [:]), (["taskset", "-c", "0"], [], [:]),
                ([], [], ["CONVENE_CPU_FLAGS": "0"]), ([], [], ["CONVENE_CPU_FLAGS": "sse2"]),
                ([], [], ["CONVENE_CPU_FLAGS": "-avx2"]),
            ]
            for place in places {
                let run = try await stage.run(
                    ["--check"] + place.arguments, environment: place.environment, under: place.wrapper)
                #expect(run.status == .exited(0), "\(place): \(run.output)")
                #expect(!run.output.contains("cached"))
            }
        }

        @Test(.timeLimit(.minutes(2)))
        func oneChangedLineIsFoundAndNamed() async throws {
            let stage = try ManifestStage(["h264-25.mp4"], renditions: Self.renditions)
            #expect(try await stage.run(["--update"]).status == .exited(0))
            let path = stage.folder.path + "/" + (try folder(stage)) + "/h264-25.mp4/small.txt"
            var lines = try String(contentsOfFile: path, encoding: .utf8).components(separatedBy: "\n")
            let place = try #require(lines.firstIndex { $0.hasPrefix("0 17 0.680000 ") })
            lines[place] = "0 17 0.680000 " + String(repeating: "0", count: 32)
            try lines.joined(separator: "\n").write(toFile: path, atomically: true, encoding: .utf8)
            let run = try await stage.run(["--check", "--junit", stage.folder.path + "/r.xml"])
            #expect(run.status == .exited(1))
            for words in [
                "small of h264-25.mp4: golden: picture 17 of stream 0 at 0.680 s",
                "was \(String(repeating: "0", count: 32))",
                "1 of ", path,
            ] { #expect(run.output.contains(words), "\(run.output)") }
            #expect(run.errors.contains("1 not as expected"), "\(run.errors)")
            #expect(try stage.text("r.xml").contains("picture 17 of stream 0 at 0.680 s"))
            // The other rendition is as it was.
            #expect(try stage.text("r.xml").contains("failures=\"1\""))
        }

        /// Another processor's Opus is another: the golden text says what it was there, the rendition that was kept sounds alike.
        @Test(
            .timeLimit(.minutes(2)),
            arguments: [(volume: 1.0001, isAlike: true), (volume: 0.7, isAlike: false)])
        func encodedOpusMaySoundAlikeButNotOtherwise(volume: Double, isAlike: Bool) async throws {
            let stage = try ManifestStage(["h264-25.mp4"], renditions: Self.renditions)
            #expect(try await stage.run(["--update"]).status == .exited(0))
            let golden = stage.folder.path + "/" + (try folder(stage)) + "/h264-25.mp4/webm"
            let text = try String(contentsOfFile: golden + ".txt", encoding: .utf8)
            let changed = text.components(separatedBy: "\n").map { line in
                line.hasPrefix("1 ") ? line.dropLast(32) + String(repeating: "0", count: 32) : line
            }
            try changed.joined(separator: "\n").write(
                toFile: golden + ".txt", atomically: true, encoding: .utf8)
            // The text belongs to no sound that is there.
            #expect(try await stage.run(["--check"]).status == .exited(1))
            let other = stage.folder.path + "/other.webm"
            let made = try #require(
                try MediaProgram.run(
                    "ffmpeg",
                    ["-v", "error", "-i", golden + "/webm.webm", "-i", stage.folder.path + "/h264-25.mp4"]
                        + ["-map", "0:v", "-map", "1:a", "-c:v", "copy", "-af"]
                        + [
                            "volume=\(volume):precision=float", "-ar", "48000", "-c:a", "libopus", "-b:a",
                            "128k",
                        ]
                        + [other]))
            try #require(made.status == 0, "\(made.errors)")
            try FileManager.default.removeItem(atPath: golden + "/webm.webm")
            try FileManager.default.moveItem(atPath: other, toPath: golden + "/webm.webm")
            let run = try await stage.run(["--check"])
            #expect(run.status == .exited(isAlike ? 0 : 1), "\(run.output)")
            #expect(run.output.contains("SNR between then and now: ") == !isAlike, "\(run.output)")
        }

        @Test(.timeLimit(.minutes(2)))
        func aChangeOfTheSettingsIsMeasured() async throws {
            let stage = try ManifestStage(["h264-25.mp4"])
            #expect(try await stage.run(["--update"]).status == .exited(0))
            let coarser = ManifestStage.small.replacingOccurrences(of: "\"crf\": 30", with: "\"crf\": 40")
            try stage.write(renditions: coarser, entries: "[\"h264-25.mp4\"]")
            let run = try await stage.run(["--check"])
            #expect(run.status == .exited(1))
            #expect(run.output.contains("picture 0 of stream 0 at 0.000 s"), "\(run.output)")
            #expect(run.output.contains("The settings have changed since"), "\(run.output)")
            let psnr = try #require(
                run.output.firstMatch(of: /then and now: ([0-9.]+) dB there, ([0-9.]+) dB over all/))
            // Two encodings of one picture are alike, but not equal.
            #expect((20.0...50.0).contains(try #require(Double(psnr.2))), "\(run.output)")
        }

        @Test(.timeLimit(.minutes(2)))
        func missingFramesSayWhatToDoAndStaleOnesGo() async throws {
            let stage = try ManifestStage(["h264-25.mp4", "vfr.mp4"])
            let missing = try await stage.run(["--check"])
            #expect(missing.status == .exited(1) && missing.output.contains("--update"), "\(missing.output)")
            #expect(try await stage.run(["--update"]).status == .exited(0))
            let folder = try folder(stage)
            #expect(
                try stage.files(folder) == [
                    "h264-25.mp4/small.txt", "h264-25.mp4/small/small.mp4", "vfr.mp4/small.txt",
                    "vfr.mp4/small/small.mp4",
                ])
            let again = try await stage.run(["--update"])
            #expect(again.status == .exited(0) && !again.output.contains("updated"), "\(again.output)")
            try stage.write(renditions: ManifestStage.small, entries: "[\"vfr.mp4\"]")
            #expect(try await stage.run(["--update", "--only", "vfr*"]).status == .exited(0))
            #expect(try stage.files(folder).count == 4, "a part of the manifest says nothing of the rest")
            let update = try await stage.run(["--update"])
            #expect(update.status == .exited(0) && update.output.contains("1 removed"), "\(update.output)")
            #expect(try stage.files(folder) == ["vfr.mp4/small.txt", "vfr.mp4/small/small.mp4"])
        }
    }
}
