import Foundation
import MediaTesting
import Testing

extension EndToEnd {
    /// `transcode --manifest`: what a team's continuous integration relies on.
    @Suite struct ManifestTests {
        @Test(.timeLimit(.minutes(2)))
        func aRunThatChangesNothingDoesNothing() async throws {
            let stage = try ManifestStage(["h264-25.mp4", "vp9-opus.webm"])
            let first = try await stage.run(["--output", stage.output])
            #expect(first.status == .exited(0), "\(first.errors)")
            let files = try stage.files("out")
            #expect(files == ["h264-25.mp4/small.mp4", "vp9-opus.webm/small.mp4"])
            for file in files { try await FFmpeg.check(stage.output + "/" + file) }
            let second = try await stage.run(["--output", stage.output])
            #expect(
                second.status == .exited(0) && second.output.contains("nothing to do"), "\(second.output)")
            #expect(stage.leftovers().isEmpty)
        }

        @Test(.timeLimit(.minutes(2)))
        func whatIsMissingOrDamagedIsMadeAgain() async throws {
            let stage = try ManifestStage(["h264-25.mp4", "vfr.mp4"])
            #expect(try await stage.run(["--output", stage.output]).status == .exited(0))
            let path = stage.output + "/vfr.mp4/small.mp4"
            let whole = try Data(contentsOf: URL(filePath: path))
            // The rendition and the kept result are one file here: both are damaged.
            let handle = try FileHandle(forWritingTo: URL(filePath: path))
            try handle.seek(toOffset: UInt64(whole.count / 2))
            try handle.write(contentsOf: Data("damage".utf8))
            try handle.close()
            let second = try await stage.run(["--output", stage.output, "--bit-exact"])
            #expect(second.status == .exited(0), "\(second.errors)")
            try await FFmpeg.check(path)
            let handleAgain = try FileHandle(forWritingTo: URL(filePath: path))
            try handleAgain.truncate(atOffset: 100)
            try handleAgain.close()
            let third = try await stage.run(["--output", stage.output, "--bit-exact"])
            #expect(third.status == .exited(0) && third.output.contains("damaged"), "\(third.output)")
            try await FFmpeg.check(path)
            try FileManager.default.removeItem(atPath: path)
            let fourth = try await stage.run(["--output", stage.output, "--bit-exact"])
            #expect(fourth.status == .exited(0) && !fourth.output.contains("nothing to do"))
            try await FFmpeg.check(path)
        }

        @Test(.timeLimit(.minutes(2)))
        func oneFixtureThatFailsStopsNoOther() async throws {
            let entries = """
                ["text.mp4", "h264-25.mp4", {"path": "vfr.mp4", "expect": {"frames": 7, "maximumBytes": 10}},
                 {"path": "no-sound.mp4", "expect": {"error": "damaged"}}, {"path": "empty.mp4", "expect": {"error": "unreadable"}}]
                """
            let stage = try ManifestStage(
                ["text.mp4", "h264-25.mp4", "vfr.mp4", "no-sound.mp4", "empty.mp4"], entries: entries)
            let run = try await stage.run([
                "--output", stage.output, "--junit", stage.folder.path + "/r.xml", "--report",
                stage.folder.path + "/r.json",
            ])
            #expect(run.status == .exited(1), "\(run.errors)")
            #expect(run.errors.contains("3 not as expected"), "\(run.errors)")
            for words in [
                "text.mp4: unreadable", "vfr.mp4: frames: It has 41 pictures, 7 are expected",
                "vfr.mp4: size",
                "no-sound.mp4: succeeded",
            ] { #expect(run.output.contains("small of " + words), "\(run.output)") }
            try await FFmpeg.check(stage.output + "/h264-25.mp4/small.mp4")
            let xml = try stage.text("r.xml")
            #expect(
                xml.contains("tests=\"5\" failures=\"3\"") && xml.contains("type=\"size, frames\""), "\(xml)")
            let json =
                try JSONSerialization.jsonObject(with: Data(try stage.text("r.json").utf8)) as? [String: Any]
            #expect(json?["isSuccess"] as? Bool == false && (json?["cases"] as? [Any])?.count == 5)
        }

        @Test(.timeLimit(.minutes(1)))
        func wrongUsageIsTold() async throws {
            let stage = try ManifestStage(["h264-25.mp4"])
            let cases: [([String], Int32, String)] = [
                ([], 64, "--output"), (["--check", "--update"], 64, "exclude"),
                (["--check", "--jobs", "0"], 64, "--jobs"),
                (["--check", "--only", "none*"], 64, "none*"), (["--check", "--crf", "3"], 64, "manifest"),
                (["--check", "--junit", "/nowhere/r.xml"], 74, "/nowhere/r.xml"),
                (["--check", "x.mp4"], 64, "manifest"),
            ]
            for (arguments, status, words) in cases {
                let run = try await stage.run(arguments)
                #expect(
                    run.status == .exited(status) && run.errors.contains(words), "\(arguments): \(run.errors)"
                )
                #expect(run.errors.split(separator: "\n").count == 1, "\(run.errors)")
            }
            try #"{"renditions": {"w": {"preset": "720p", "video": {"crf2": 1}}}, "fixtures": []}"#
                .write(toFile: stage.manifest, atomically: true, encoding: .utf8)
            let run = try await stage.run(["--check"])
            #expect(
                run.status == .exited(64) && run.errors.contains("renditions.w.video.crf2"), "\(run.errors)")
            try FileManager.default.removeItem(atPath: stage.manifest)
            #expect(try await stage.run(["--check"]).status == .exited(66))
        }
    }
}
