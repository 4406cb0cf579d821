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
                ["archive", "prune"], ["archive", "hold"],
                ["archive", "show"],
            ])
        func helpShowsExamples(command: [String]) async throws {
            let help = try await ChildProcess.run(try ProgramLocation.program(), command + ["--help"])
            #expect(help.contains("EXAMPLES") && help.contains("USAGE: "), "\(help)")
        }
    }
}
