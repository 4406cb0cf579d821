import Foundation
import MediaTesting
import Testing

extension EndToEnd {
    /// What a script or a person gets when something is wrong.
    @Suite struct UsageTests {
        /// Runs a command that must fail, and checks the exit status and the one line on standard error.
        private func fails(
            _ arguments: [String], status: Int32, says words: [String], environment: [String: String] = [:],
            allowsLog: Bool = false, location: SourceLocation = #_sourceLocation
        ) async throws {
            let process = try Meeting.convene(arguments, environment: environment)
            process.closeInput()
            let ending = try await process.wait(seconds: 30)
            #expect(ending == .exited(status), "\(arguments): \(process.errors)", sourceLocation: location)
            let lines = process.errors.split(separator: "\n")
            let message = lines.last ?? ""
            #expect(message.hasPrefix("convene: "), "\(process.errors)", sourceLocation: location)
            #expect(allowsLog || lines.count == 1, "\(process.errors)", sourceLocation: location)
            for word in words { #expect(message.contains(word), "\(message)", sourceLocation: location) }
        }

        @Test(.timeLimit(.minutes(1)))
        func unreachableServerIsUnavailable() async throws {
            let silent = try TCPClient.unusedPort()
            for command in ["publish", "view", "join"] {
                try await fails(
                    [command, "convene://127.0.0.1:\(silent.port)/room", "--name", "Ada"]
                        + (command == "publish" ? Meeting.pattern : ["--headless"]),
                    status: 69, says: ["127.0.0.1:\(silent.port)"],
                    // What is sent is opened, and told, before the room is entered.
                    allowsLog: command != "view")
            }
        }

        @Test(
            .timeLimit(.minutes(1)),
            arguments: [
                "convene://127.0.0.1/bad room", "convene://127.0.0.1/", "convene://127.0.0.1",
                "http://127.0.0.1/room",
                "convene://127.0.0.1:99999/room", "convene://127.0.0.1/.hidden", "room",
            ])
        func addressThatIsNoneIsWrongUsage(url: String) async throws {
            try await fails(
                ["view", url, "--name", "Ada", "--headless"], status: 64, says: [url, "convene://"])
        }

        @Test(.timeLimit(.minutes(1)))
        func wrongFlagsAreToldInOneLine() async throws {
            let room = ["convene://127.0.0.1/room", "--name", "Ada"]
            try await fails(
                ["publish"] + room + ["--test-pattern", "--file", "a.mp4"], status: 64,
                says: ["--test-pattern", "--file"])
            try await fails(["publish"] + room + ["--loop"], status: 64, says: ["--loop", "--file"])
            try await fails(["publish"] + room + ["--size", "huge"], status: 64, says: ["huge"])
            try await fails(["view"] + room + ["--duration", "0"], status: 64, says: ["--duration", "0.0"])
            try await fails(["serve", "--lisen", "127.0.0.1:0"], status: 64, says: ["--lisen"])
            try await fails(
                ["publish"] + room + ["--no-video", "--no-audio"], status: 64,
                says: ["--no-video", "--no-audio"])
        }

        @Test(.timeLimit(.minutes(1)))
        func theNextStepIsTheHelpOfTheCommandThatWasGiven() async throws {
            try await fails(["export", "--foo"], status: 64, says: ["`convene export --help`"])
            try await fails(["archive", "delete"], status: 64, says: ["`convene archive delete --help`"])
            try await fails(["exprot"], status: 64, says: ["exprot", "`convene --help`"])
        }

        @Test(.timeLimit(.minutes(1)))
        func timesAreReadAlikeEverywhere() async throws {
            let room = "convene://127.0.0.1/room"
            let commands = [
                ["publish", room, "--duration"], ["view", room, "--reconnect"], ["load", room, "--duration"],
                ["transcode", "a", "b.mp4", "--keyframes"], ["transcode", "a", "b.mp4", "--from"],
                ["compare", "a", "b", "--from"], ["export", "last", "a.mp4", "--to"],
                ["clip", "last", "clips", "--to", "1", "--from"], ["replay", "last", "--from"],
            ]
            for command in commands {
                try await fails(command + ["5m"], status: 64, says: ["5m", "5min", "5mo"])
                try await fails(command + ["-2"], status: 64, says: ["-2", "not negative"])
            }
            try await fails(["archive", "prune", "--older-than", "-1d"], status: 64, says: ["-1d", "90d"])
            try await fails(["archive", "prune", "--keep-free", "-1G"], status: 64, says: ["-1G", "20GB"])
            // Read, and then the file is looked for.
            for from in ["90", "2s", "1min", "12:30"] {
                try await fails(
                    ["transcode", "/none.mov", "b.mp4", "--from", from, "--keyframes", "500ms"], status: 66,
                    says: ["/none.mov"])
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func flagsThatWouldHaveNoEffectAreRefused() async throws {
            func publish(_ flags: String...) -> [String] { ["publish", "convene://127.0.0.1/room"] + flags }
            let cases: [([String], [String])] = [
                (publish("--test-pattern", "--control", "brightness=1"), ["--control", "--test-pattern"]),
                (publish("--file", "a.mp4", "--pixel-format", "nv12"), ["--pixel-format", "--file"]),
                (publish("--file", "a.mp4", "--rate", "10"), ["--rate", "--file"]),
                (publish("--muted", "--no-audio"), ["--muted", "--no-audio"]),
                (publish("--camera-off", "--no-video"), ["--camera-off", "--no-video"]),
                (["transcode", "a", "b.mp4", "--fit", "pad"], ["--fit", "--size"]),
                (["transcode", "a", "b.mp4", "--fit", "pad", "--size", "x720"], ["--fit", "--size"]),
                (["export", "last", "a.mp4", "--crf", "20", "--bitrate", "1M"], ["--crf", "--bitrate"]),
                (["archive", "recover", "a", "--archive", "b"], ["--archive"]),
            ]
            for (arguments, words) in cases {
                try await fails(arguments, status: 64, says: words)
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func valuesAreNamedAsTheyWereGiven() async throws {
            let room = ["convene://127.0.0.1:9/room"]
            try await fails(
                ["publish"] + room + ["--test-pattern", "--bitrate", "2500"], status: 64,
                says: ["--bitrate is 2500", "10000"])
            try await fails(["view"] + room + ["--name", "", "--headless"], status: 64, says: ["--name"])
            try await fails(["record"] + room + ["stop", "--name", ""], status: 64, says: ["--name"])
            try await fails(["serve", "--archive", ""], status: 64, says: ["--archive", "not empty"])
            try await fails(
                ["serve", "--no-record", "--listen", "no-machine.invalid:0"], status: 69,
                says: ["no-machine.invalid:0", "no machine of that name"], allowsLog: true)
        }

        /// There is no server: it is told before anybody tries to join.
        @Test(.timeLimit(.minutes(1)))
        func whatCannotBeWrittenAtTheEndIsToldBefore() async throws {
            let room = "convene://127.0.0.1:9/room"
            for command in ["view", "join"] {
                for flag in ["--stats", "--snapshot"] {
                    try await fails(
                        [command, room, "--headless", flag, "/none/file"], status: 74, says: ["/none/file"])
                }
            }
            try await fails(
                ["replay", "last", "--headless", "--stats", "/none/file"], status: 74, says: ["/none/file"])
        }

        @Test(.timeLimit(.minutes(1)))
        func filesAreToldForWhatTheyAre() async throws {
            let folder = try TemporaryFolder()
            let (empty, text) = (folder.path + "/empty.mp4", folder.path + "/text.mp4")
            try "".write(toFile: empty, atomically: true, encoding: .utf8)
            try "no film".write(toFile: text, atomically: true, encoding: .utf8)
            for command in [["probe"], ["publish", "convene://127.0.0.1:9/room", "--file"]] {
                try await fails(command + [empty], status: 66, says: ["it is empty"], allowsLog: true)
                try await fails(command + [text], status: 66, says: ["it is text"], allowsLog: true)
            }
            let film = folder.path + "/film.mp4"
            try await FFmpeg.make(
                film, ["-f", "lavfi", "-i", "testsrc2=size=64x64:rate=25:duration=2", "-c:v", "libx264"])
            let output = folder.path + "/out.mp4"
            for command in [["transcode", film, output], ["compare", film, film]] {
                try await fails(
                    command + ["--from", "10"], status: 64,
                    says: ["--from 0:10.0 is behind the end at 0:02.0"], allowsLog: true)
            }
            #expect(!FileManager.default.fileExists(atPath: output))
        }

        @Test(.timeLimit(.minutes(1)))
        func missingInputsAreNamed() async throws {
            let meeting = try await Meeting.start()
            let missing = meeting.folder.path + "/missing.mp4"
            try await fails(
                ["publish", meeting.url(), "--name", "Ada", "--file", missing], status: 66, says: [missing])
            let text = meeting.folder.path + "/text.mp4"
            try "no film".write(toFile: text, atomically: true, encoding: .utf8)
            try await fails(
                ["publish", meeting.url(), "--name", "Ada", "--file", text], status: 66, says: [text],
                allowsLog: true)
            try await fails(
                ["publish", meeting.url(), "--name", "Ada", "--camera", "/dev/video-none", "--no-audio"],
                status: 66,
                says: ["/dev/video-none", "convene devices"])
            try await fails(
                ["publish", meeting.url(), "--name", "Ada", "--camera", text, "--no-audio"], status: 66,
                says: [text])
            try await fails(
                ["archive", "show", "never", "--archive", meeting.archive], status: 66, says: ["never"])
            try await meeting.stop()
        }

        @Test(.timeLimit(.minutes(1)))
        func serverSaysWhyItCannotStart() async throws {
            let meeting = try await Meeting.start()
            let folder = try TemporaryFolder()
            try await fails(
                ["serve", "--listen", meeting.address, "--archive", folder.path + "/archive"], status: 69,
                says: [meeting.address])
            try await meeting.stop()
            // Below a file no folder can be made, not even by root.
            let file = folder.path + "/file"
            try "".write(toFile: file, atomically: true, encoding: .utf8)
            try await fails(
                ["serve", "--listen", "127.0.0.1:0", "--archive", file + "/archive"], status: 74, says: [file]
            )
            try await fails(["serve", "--listen", "nowhere"], status: 64, says: ["nowhere", "HOST:PORT"])
        }

        @Test(.timeLimit(.minutes(1)))
        func wrongConfigurationNamesTheKey() async throws {
            let folder = try TemporaryFolder()
            let path = folder.path + "/config.json"
            func serve(_ json: String) throws -> [String] {
                try json.write(toFile: path, atomically: true, encoding: .utf8)
                return ["serve", "--listen", "127.0.0.1:0", "--no-record", "--config", path]
            }
            try await fails(
                try serve(#"{"server": {"prot": 7650}}"#), status: 64,
                says: ["server.prot", path, "server.port"])
            try await fails(
                try serve(#"{"relay": {"queueMilliseconds": 5}}"#), status: 64,
                says: ["relay.queueMilliseconds", path, "50", "60000"])
            try await fails(try serve("{"), status: 64, says: [path, "JSON"])
            try await fails(
                ["serve", "--no-record", "--config", folder.path + "/none.json"], status: 66,
                says: ["/none.json"])
            try await fails(
                try serve("{}"), status: 64, says: ["CONVENE_SERVER_PORT", "65535"],
                environment: ["CONVENE_SERVER_PORT": "70000"])
        }

        @Test(
            .timeLimit(.minutes(1)),
            arguments: [
                [], ["serve"], ["publish"], ["view"], ["join"], ["devices"], ["record"], ["archive"],
                ["archive", "list"], ["archive", "verify"], ["archive", "reindex"], ["archive", "delete"],
                ["archive", "prune"], ["archive", "hold"], ["archive", "recover"],
                ["archive", "show"],
            ])
        func helpShowsExamples(command: [String]) async throws {
            let help = try await ChildProcess.run(try ProgramLocation.program(), command + ["--help"])
            #expect(help.contains("EXAMPLES") && help.contains("USAGE: "), "\(help)")
        }
    }
}
