import Archive
import Foundation
import Glibc
import MediaTesting
import Testing

extension EndToEnd {
    /// A server that is started again is a blip: everybody comes back by themselves, and the meeting goes on.
    /// `scripts/restart-test` does it often and with many.
    @Suite("Restarts")
    struct RestartTests {
        /// From the new server's address to the last participant's being in, in seconds.
        static let maximumReturn = 3.0
        /// What may be missing of each participant beside the time without a server, in milliseconds.
        static let maximumExtra = 500
        /// The same where the server was killed: the open fragment is lost too.
        static let maximumExtraAfterKill = 1000
        /// By how much a file's place on the meeting's time line may be off, in milliseconds: the clocks of client and server
        /// are known to each other within a millisecond, and one picture lasts 67.
        static let maximumShift = 100

        private static func setting(_ name: String, _ standard: Int) -> Int {
            max(1, ProcessInfo.processInfo.environment[name].flatMap { Int($0) } ?? standard)
        }

        @Test(.timeLimit(.minutes(30)), arguments: [SIGTERM, SIGKILL])
        func everybodyComesBackAndTheMeetingGoesOn(signal: Int32) async throws {
            let restarts = Self.setting("CONVENE_RESTARTS", 3)
            let people = (1...Self.setting("CONVENE_RESTART_PEOPLE", 3)).map { "p\($0)" }
            let meeting = try await Meeting.start()
            let publishers = try people.map { try meeting.publish($0) }
            let viewer = try meeting.view("viewer")
            for name in people { try await meeting.waitForRecording(of: name) }
            var servers = [meeting.server]
            var downtimes: [Int] = []
            var returns: [Double] = []
            for _ in 1...restarts {
                let before = Date()
                servers.last?.signal(signal)
                try await servers.last?.wait()
                let next = try Meeting.convene([
                    "serve", "--listen", meeting.address, "--archive", meeting.archive,
                ])
                servers.append(next)
                try await next.line("its address") { $0.hasPrefix("listening on ") }
                downtimes.append(Int(Date().timeIntervalSince(before) * 1000))
                let listening = Date()
                for name in people + ["viewer"] {
                    try await next.line("the return of \(name)", in: \.errors) {
                        $0.contains("joined") && ($0 + " ").contains("participant=\(name) ")
                    }
                }
                returns.append(Date().timeIntervalSince(listening))
                // So that every file has some pictures.
                try await Task.sleep(for: .seconds(2))
            }
            for publisher in publishers {
                #expect(!publisher.hasEnded, "\(publisher.errors)")
                publisher.signal(SIGTERM)
                #expect(try await publisher.wait() == .exited(0), "\(publisher.errors)")
            }
            viewer.signal(SIGTERM)
            #expect(try await viewer.wait() == .exited(0), "\(viewer.errors)")
            servers.last?.signal(SIGINT)
            #expect(try await servers.last?.wait() == .exited(0))
            print("without a server, in ms: \(downtimes); back after, in s: \(returns)")
            #expect(returns.allSatisfy { $0 <= Self.maximumReturn })
            let extra = signal == SIGKILL ? Self.maximumExtraAfterKill : Self.maximumExtra
            try await Self.check(meeting, people, downtimes.map { $0 + extra })
        }

        /// - Parameter allowed: milliseconds that may be missing at each restart.
        private static func check(_ meeting: Meeting, _ people: [String], _ allowed: [Int]) async throws {
            // One meeting, in which everybody is once.
            let manifest = try meeting.manifest()
            #expect(manifest.ended != nil)
            #expect(Set(manifest.participants.map(\.id)) == Set(people + ["viewer"]))
            #expect(manifest.participants.count == people.count + 1)
            let journal = try meeting.journal()
            #expect(journal.count { $0.event == "restart" } == allowed.count)
            #expect(journal.last?.event == "end")
            let started = try #require(Self.milliseconds(manifest.started))
            for name in people {
                #expect(
                    journal.count {
                        $0.event == "gap" && $0.participant == name
                            && $0.reason?.hasPrefix("the server was restarted") == true
                    } == allowed.count)
                let files = manifest.segments.filter { $0.participant == name }.sorted {
                    $0.number < $1.number
                }
                #expect(files.map(\.file) == (1...allowed.count + 1).map { "\(name)-camera-\($0).mp4" })
                var last: UInt32?
                for (index, file) in files.enumerated() {
                    let probe = try await ArchiveChecks.decodes(try meeting.meetingFolder() + "/" + file.file)
                    #expect(probe.unreadable == 0)
                    let first = try #require(probe.pictures.first)
                    if let last {
                        let missing = Int(Int32(bitPattern: first.timeCode &- last))
                        #expect(missing <= allowed[index - 1], "\(file.file): \(missing) ms are missing")
                    }
                    last = probe.pictures.last?.timeCode
                    // The pictures say when they were captured, the manifest where they are on the time line.
                    let place = started + file.start / 1000 + Int64(first.seconds * 1000)
                    let shift = Int32(bitPattern: UInt32(truncatingIfNeeded: place) &- first.timeCode)
                    #expect(abs(Int(shift)) <= maximumShift, "\(file.file) is off by \(shift) ms")
                }
            }
            let verified = try await ChildProcess.run(
                try ProgramLocation.program(), ["archive", "verify", "last", "--archive", meeting.archive])
            #expect(!verified.isEmpty)
        }

        private static func milliseconds(_ text: String) -> Int64? {
            let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
            return (try? Date(text, strategy: style)).map {
                Int64(($0.timeIntervalSince1970 * 1000).rounded())
            }
        }

        /// A person who ends the server means it.
        @Test(.timeLimit(.minutes(1)))
        func anInterruptedServerSendsEverybodyAway() async throws {
            let meeting = try await Meeting.start()
            let publisher = try meeting.publish("Ada")
            try await meeting.waitForRecording(of: "ada")
            meeting.server.signal(SIGHUP)
            try await meeting.server.line("its notice", in: \.errors) { $0.contains("SIGHUP") }
            meeting.server.signal(SIGINT)
            #expect(try await meeting.server.wait() == .exited(0))
            #expect(try await publisher.wait() == .exited(69), "\(publisher.errors)")
        }

        /// What was paused stays so: nobody is recorded who has been told that the recording stands still.
        @Test(.timeLimit(.minutes(1)))
        func aPauseOutlivesARestart() async throws {
            let meeting = try await Meeting.start()
            let publisher = try meeting.publish("Ada")
            try await meeting.waitForRecording(of: "ada")
            try await ChildProcess.run(try ProgramLocation.program(), ["record", meeting.url(), "pause"])
            let files = try meeting.recordings().count
            meeting.server.signal(SIGTERM)
            #expect(try await meeting.server.wait() == .exited(0))
            let next = try Meeting.convene([
                "serve", "--listen", meeting.address, "--archive", meeting.archive,
            ])
            try await next.line("the return", in: \.errors) {
                $0.contains("joined") && $0.contains("participant=ada")
            }
            let state = try await ChildProcess.run(
                try ProgramLocation.program(), ["record", meeting.url(), "pause"])
            #expect(state.hasPrefix("paused"))
            #expect(try meeting.recordings().count == files)
            try await ChildProcess.run(try ProgramLocation.program(), ["record", meeting.url(), "start"])
            try await Wait.until("the next file") { try meeting.recordings().count == files + 1 }
            publisher.signal(SIGTERM)
            #expect(try await publisher.wait() == .exited(0))
            next.signal(SIGINT)
            #expect(try await next.wait() == .exited(0))
            #expect(try meeting.manifest().segments.map(\.number) == [1, 2])
        }

        /// The kernel takes connections for a process that does not run.
        @Test(.timeLimit(.minutes(1)))
        func aServerThatIsSilentHoldsNobody() async throws {
            let meeting = try await Meeting.start()
            meeting.server.signal(SIGSTOP)
            let program = try ProgramLocation.program()
            let commands = try [
                ["record", meeting.url(), "start"],
                ["publish", meeting.url(), "--name", "Ada"] + Meeting.pattern,
                ["view", meeting.url(), "--name", "Bob", "--headless"],
            ].map { try ChildProcess(program, $0) }
            for command in commands {
                #expect(try await command.wait(seconds: 15) == .exited(69))
                #expect(command.errors.contains("No answer within 5"), "\(command.errors)")
            }
            meeting.server.signal(SIGCONT)
            try await meeting.stop()
        }

        /// A process that was stopped, as on a machine that was paused, blames nobody for it.
        @Test(.timeLimit(.minutes(1)))
        func aServerThatStoodStillDropsNobodyAndNothing() async throws {
            let meeting = try await Meeting.start(environment: [
                "CONVENE_SERVER_IDLE_TIMEOUT_SECONDS": "4", "CONVENE_RELAY_SLOW_CONSUMER_SECONDS": "4",
            ])
            let publisher = try meeting.publish("Ada")
            let viewer = try meeting.view("viewer")
            try await meeting.waitForRecording(of: "ada")
            meeting.server.signal(SIGSTOP)
            // Longer than both, and shorter than a client waits for a sign of life.
            try await Task.sleep(for: .seconds(7))
            meeting.server.signal(SIGCONT)
            try await Task.sleep(for: .seconds(2))
            publisher.signal(SIGTERM)
            #expect(try await publisher.wait() == .exited(0), "\(publisher.errors)")
            viewer.signal(SIGTERM)
            #expect(try await viewer.wait() == .exited(0), "\(viewer.errors)")
            try await meeting.stop()
            #expect(
                !meeting.server.errors.contains("away") && !meeting.server.errors.contains("idle_timeout"))
            #expect(try meeting.recordings().count == 1)
            try await ArchiveChecks.pattern(try meeting.recording(of: "ada"))
        }
    }
}
