import Foundation
import MediaTesting
import Testing

extension EndToEnd {
    /// How runs of a manifest end that are not let to their end.
    @Suite struct ManifestEndingTests {
        /// Takes some seconds for the second fixture, so that it can be ended in the middle of it.
        private static let slow = """
            {"small": {"container": "mp4", "video": {"codec": "h264", "crf": 20, "preset": "veryslow"}, "audio": {"codec": "aac"}},
             "list": {"container": "hls", "video": {"codec": "h264", "crf": 20, "preset": "veryslow", "keyframeSeconds": 1},
                      "audio": {"codec": "aac"}}}
            """

        private func stage() async throws -> ManifestStage {
            let stage = try ManifestStage(
                ["h264-25.mp4"], renditions: Self.slow, entries: #"["h264-25.mp4", "long.mp4"]"#)
            try await FFmpeg.make(
                stage.folder.path + "/long.mp4",
                ["-f", "lavfi", "-i", "testsrc2=size=640x360:rate=30:duration=4", "-preset", "ultrafast"])
            return stage
        }

        /// Starts a run, and returns when the first fixture is done and the second is being written.
        private func begin(_ stage: ManifestStage) async throws -> ChildProcess {
            let run = try stage.start(["--output", stage.output, "--jobs", "1"])
            try await run.line("the first fixture") { $0.hasPrefix("ok     h264-25.mp4") }
            try await Wait.until("a half file of the second") {
                try FileManager.default.subpathsOfDirectory(atPath: stage.output + "/.convene/work").contains
                {
                    $0.contains("/small/.small.mp4.part")
                }
            }
            return run
        }

        private func isRight(_ stage: ManifestStage) async throws {
            let run = try await stage.run(["--output", stage.output, "--jobs", "1"])
            #expect(
                run.status == .exited(0) && run.output.contains("2 from the cache"),
                "\(run.output) \(run.errors)")
            let files = try stage.files("out")
            let endings = [".m3u8", ".mp4", ".ts"]
            #expect(
                files.allSatisfy { file in endings.contains { file.hasSuffix($0) } && !file.contains("/.") },
                "\(files)")
            #expect(stage.leftovers().isEmpty)
            for name in ["h264-25.mp4/small.mp4", "long.mp4/small.mp4", "long.mp4/list.m3u8"] {
                try await FFmpeg.check(stage.output + "/" + name)
            }
            #expect(try await FFmpeg.hashes(stage.output + "/long.mp4/small.mp4").count == 120)
        }

        @Test(.timeLimit(.minutes(2)))
        func aKilledRunIsMadeGoodByTheNext() async throws {
            let stage = try await stage()
            let run = try await begin(stage)
            run.signal(SIGKILL)
            #expect(try await run.wait() == .killed(signal: SIGKILL))
            // Otherwise there would be nothing to clean up.
            #expect(!stage.leftovers().isEmpty)
            #expect(try stage.files("out").allSatisfy { $0.hasPrefix("h264-25.mp4/") })
            try await isRight(stage)
        }

        @Test(.timeLimit(.minutes(2)))
        func anInterruptedRunLeavesOnlyWholeFiles() async throws {
            let stage = try await stage()
            let run = try await begin(stage)
            run.signal(SIGINT)
            #expect(try await run.wait() == .exited(130))
            #expect(run.errors.contains("Interrupted after 2 of 4"), "\(run.errors)")
            #expect(stage.leftovers().isEmpty)
            #expect(try stage.files("out").allSatisfy { $0.hasPrefix("h264-25.mp4/") })
            try await isRight(stage)
        }

        @Test(.timeLimit(.minutes(2)))
        func twoRunsAtOnceDoNotDisturbEachOther() async throws {
            let stage = try ManifestStage(["h264-25.mp4", "vfr.mp4"])
            let cache = stage.folder.path + "/cache"
            let runs = try ["a", "b"].map { name in
                try stage.start(["--output", stage.folder.path + "/" + name, "--cache", cache])
            }
            for run in runs { #expect(try await run.wait(seconds: 60) == .exited(0), "\(run.errors)") }
            for name in ["a/h264-25.mp4", "a/vfr.mp4", "b/h264-25.mp4", "b/vfr.mp4"] {
                try await FFmpeg.check(stage.folder.path + "/\(name)/small.mp4")
            }
        }
    }
}
