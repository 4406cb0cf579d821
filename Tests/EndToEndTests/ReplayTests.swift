import Foundation
import MediaTesting
import Testing

extension EndToEnd {
    @Suite struct ReplayTests {
        /// How far the capture times of two people on display may be apart, milliseconds: what is promised.
        static let maximumDifference = 40.0
        static let speed = 2.0

        /// The parts of a replay's report that the tests look at. Times are milliseconds.
        struct Report: Decodable {
            struct Pair: Decodable {
                var participants: [String]
                var sync: ViewReport.Percentiles
            }

            var tracks: [ViewReport.Track]
            var pairs: [Pair]
            var duration: Double
            var problems: [String]
        }

        /// Ada is there from beginning to end, Bob leaves early, Cleo comes late.
        private func record() async throws -> Meeting {
            let meeting = try await Meeting.start()
            let ada = try meeting.publish("Ada", Meeting.pattern + ["--duration", "10"])
            let bob = try meeting.publish("Bob", Meeting.pattern + ["--duration", "6"])
            try await meeting.waitForRecording(of: "ada", bytes: 60_000)
            let cleo = try meeting.publish("Cleo", Meeting.pattern + ["--duration", "6"])
            for publisher in [ada, bob, cleo] {
                #expect(try await publisher.wait() == .exited(0), "\(publisher.errors)")
            }
            return meeting
        }

        private func replay(_ meeting: Meeting, _ arguments: [String]) async throws -> (Report, ChildProcess)
        {
            let path = meeting.folder.path + "/replay.json"
            let process = try Meeting.convene(
                ["replay", "last", "--archive", meeting.archive, "--headless", "--stats", path] + arguments)
            #expect(try await process.wait() == .exited(0), "\(process.errors)")
            return (
                try JSONDecoder().decode(Report.self, from: Data(contentsOf: URL(fileURLWithPath: path))),
                process
            )
        }

        @Test(.timeLimit(.minutes(2)))
        func everybodyIsShownAsTheyWereAtTheSameTime() async throws {
            let meeting = try await record()
            try await meeting.stop()
            let (report, process) = try await replay(meeting, ["--speed", "\(Self.speed)"])
            #expect(report.problems.isEmpty && report.pairs.count == 3, "\(report)")
            for pair in report.pairs {
                // 15 pictures a second of each; Bob and Cleo are there together for somewhat more than a second.
                #expect(pair.sync.count >= 30, "\(pair)")
                #expect(pair.sync.p95 <= Self.maximumDifference, "\(pair)")
            }
            #expect(report.tracks.count == 6)
            for track in report.tracks {
                #expect(track.packetsMissing == 0 && track.decodeErrors == 0, "\(track)")
                guard track.kind == "video" else { continue }
                let id = track.name.lowercased()
                let recorded = try ArchiveProbe(path: try meeting.recording(of: id)).pictures.count
                #expect(
                    track.framesMissing == 0 && track.framesDecoded == recorded, "\(track) of \(recorded)")
            }
            let lines = process.output.split(separator: "\n").map(String.init)
            for name in ["Ada", "Bob", "Cleo"] {
                let came = try #require(
                    lines.firstIndex { $0.hasPrefix("* \(name) ") && !$0.hasSuffix("left") })
                #expect(came < (try #require(lines.firstIndex(of: "* \(name) left"))))
            }
            // Twice as fast as 10 s, and a little for starting.
            #expect(report.duration > 4.5 && report.duration < 8, "\(report.duration)")
        }

        /// One logical recording: whoever loses the connection goes on in the same file, in sync.
        @Test(.timeLimit(.minutes(2)))
        func whoLostTheConnectionIsInSyncBeforeAndAfter() async throws {
            let meeting = try await Meeting.start()
            let proxy = try CuttableProxy(target: meeting.port)
            defer { proxy.stop() }
            let ada = try meeting.publish("Ada", Meeting.pattern + ["--duration", "12"])
            let bob = try meeting.publish("Bob", port: proxy.port, Meeting.pattern + ["--duration", "12"])
            try await meeting.waitForRecording(of: "bob", bytes: 40_000)
            proxy.cut()
            _ = try await ada.line("the break") { $0 == "* Bob lost the connection" }
            _ = try await bob.line("the break") { $0.hasSuffix("connecting again") }
            // Longer than from one picture to the next: else nothing need be missing.
            try await Task.sleep(for: .milliseconds(400))
            proxy.mend()
            _ = try await ada.line("the return") { $0 == "* Bob is back" }
            for publisher in [ada, bob] {
                #expect(try await publisher.wait() == .exited(0), "\(publisher.errors)")
            }
            try await meeting.stop()
            let path = try meeting.recording(of: "bob")
            try await FFmpeg.check(path)
            let probe = try ArchiveProbe(path: path)
            #expect(probe.unreadable == 0 && probe.damaged == 0 && !probe.holes.isEmpty)
            let events = try meeting.journal().filter { $0.participant == "bob" }.map(\.event)
            let gaps = events.filter { ["away", "back", "gap"].contains($0) }
            // One for the time, and at most one for the packets of each of the two tracks.
            #expect(gaps.prefix(3) == ["away", "back", "gap"] && gaps.count <= 5, "\(gaps)")
            #expect(gaps.dropFirst(3).allSatisfy { $0 == "gap" }, "\(gaps)")
            let (report, _) = try await replay(meeting, ["--speed", "\(Self.speed)"])
            let pair = try #require(report.pairs.first)
            #expect(pair.sync.count >= 60 && pair.sync.p95 <= Self.maximumDifference, "\(pair)")
        }

        @Test(.timeLimit(.minutes(2)))
        func whatWasRecordedIsPublishedAgainAsItIs() async throws {
            let meeting = try await record()
            let source = try meeting.recording(of: "ada")
            let process = try Meeting.convene(
                ["replay", "room", "--archive", meeting.archive, "--into", meeting.url("again")])
            #expect(try await process.wait() == .exited(0), "\(process.errors)")
            try await meeting.stop()
            let names = try meeting.manifest(room: "again").participants.map(\.name).sorted()
            #expect(names == ["Ada", "Bob", "Cleo"])
            let again = try meeting.recording(of: "ada", room: "again")
            #expect(try await FFmpeg.hashes(again).map(\.md5) == FFmpeg.hashes(source).map(\.md5))
            try await ArchiveChecks.pattern(again)
        }
    }
}
