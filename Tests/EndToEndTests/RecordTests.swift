import Archive
import Foundation
import MediaTesting
import Testing

extension EndToEnd {
    /// `convene record` against a meeting that goes on meanwhile.
    @Suite struct RecordTests {
        /// How far what two people did at the same instant may be apart in the recording, seconds: what is promised.
        static let maximumDifference = 0.040

        /// Asks, and checks what is printed.
        private func record(_ meeting: Meeting, _ action: String, says text: String) async throws {
            let process = try Meeting.convene(["record", meeting.url(), action, "--name", "Eve"])
            #expect(try await process.wait() == .exited(0), "\(process.errors)")
            #expect(process.output == text + "\n")
        }

        /// Waits until the newest file of each participant is the `number`th, and so much of it is written.
        private func waitForFile(_ number: Int, _ meeting: Meeting, bytes: Int = 30_000) async throws {
            for name in ["ada", "bob"] {
                try await Wait.until("file \(number) of \(name)") {
                    guard let folder = try? meeting.meetingFolder() else { return false }
                    let path = folder + "/\(name)-camera-\(number).mp4"
                    let size = try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int
                    return (size ?? 0) >= bytes
                }
            }
        }

        /// A stretch without recording, long enough to be seen: what is tested is that it is not there.
        private func letTimePass() async throws { try await Task.sleep(for: .seconds(1.5)) }

        @Test(.timeLimit(.minutes(2)))
        func stopsAndPausesKeepEverybodyInSync() async throws {
            let meeting = try await Meeting.start()
            let ada = try meeting.publish("Ada")
            let bob = try meeting.publish("Bob")
            try await waitForFile(1, meeting)
            try await record(meeting, "stop", says: "stopped: Eve stopped it")
            try await Wait.until("files that are finished although the meeting goes on") {
                let segments = (try? meeting.manifest())?.segments ?? []
                return segments.count == 2 && segments.allSatisfy { $0.state == .finalised }
            }
            try await letTimePass()
            try await record(meeting, "start", says: "recording: Eve started it")
            try await waitForFile(2, meeting)
            try await record(meeting, "pause", says: "paused: Eve paused it")
            try await letTimePass()
            try await record(meeting, "start", says: "recording: Eve resumed it")
            try await waitForFile(3, meeting)
            for publisher in [ada, bob] {
                for line in [
                    "* this meeting is not recorded any more: Eve stopped it",
                    "* the recording is paused: Eve paused it",
                    "* this meeting is being recorded: Eve resumed it",
                ] {
                    #expect(publisher.output.contains(line + "\n"), "\(publisher.output)")
                }
                publisher.signal(SIGTERM)
                #expect(try await publisher.wait() == .exited(0), "\(publisher.errors)")
            }
            try await meeting.stop()
            try await check(meeting)
            let replay = try Meeting.convene(
                [
                    "replay", "last", "--archive", meeting.archive, "--headless", "--speed", "4", "--stats",
                    meeting.folder.path + "/replay.json",
                ])
            #expect(try await replay.wait(seconds: 40) == .exited(0), "\(replay.errors)")
            let report = try JSONDecoder().decode(
                ReplayTests.Report.self,
                from: Data(contentsOf: URL(fileURLWithPath: meeting.folder.path + "/replay.json")))
            #expect(report.problems.isEmpty && report.pairs.count == 1)
            for pair in report.pairs {
                #expect(pair.sync.p95 <= Self.maximumDifference * 1000, "\(pair)")
            }
        }

        /// Reads the pictures' time codes: by how much the meeting's time is behind the wall clock in each file.
        private func check(_ meeting: Meeting) async throws {
            let manifest = try meeting.manifest()
            #expect(manifest.segments.count == 6)
            var behind: [String: Double] = [:]
            for segment in manifest.segments {
                let path = try meeting.meetingFolder() + "/" + segment.file
                let probe = try await ArchiveChecks.decodes(path)
                #expect(probe.holes.isEmpty && probe.unreadable == 0 && !probe.pictures.isEmpty)
                #expect(
                    probe.offsets.allSatisfy { abs($0) <= ArchiveChecks.maximumOffset }, "\(probe.offsets)")
                let differences = probe.pictures.map {
                    Double($0.timeCode) / 1000 - $0.seconds - Double(segment.start) / 1e6
                }.sorted()
                behind["\(segment.participant) \(segment.number)"] = differences[differences.count / 2]
            }
            func value(_ file: String) throws -> Double { try #require(behind[file], "\(behind)") }
            for number in 1...3 {
                let difference = try value("ada \(number)") - value("bob \(number)")
                #expect(abs(difference) <= Self.maximumDifference, "file \(number): \(difference) s")
            }
            let walls = try meeting.journal().filter { ["pause", "record"].contains($0.event) }.compactMap(
                \.wall)
            try #require(walls.count == 3)
            let pause = Double(walls[2] - walls[1]) / 1e6
            #expect(pause >= 1.5)
            for name in ["ada", "bob"] {
                let stopped = try value("\(name) 2") - value("\(name) 1")
                #expect(abs(stopped) <= Self.maximumDifference, "time goes on in a stop: \(stopped) s")
                let paused = try value("\(name) 3") - value("\(name) 2")
                #expect(abs(paused - pause) <= Self.maximumDifference, "\(paused) s, pause \(pause) s")
            }
            let verify = try Meeting.convene(["archive", "verify", "--deep", "--archive", meeting.archive])
            #expect(try await verify.wait(seconds: 60) == .exited(0), "\(verify.output)")
            let show = try await ChildProcess.run(
                try ProgramLocation.program(), ["archive", "show", "last", "--archive", meeting.archive])
            #expect(show.contains("pause at ") && show.contains("asked for by Eve"), "\(show)")
        }

        @Test(.timeLimit(.minutes(1)))
        func aRoomOnRequestIsRecordedOnlyThen() async throws {
            let meeting = try await Meeting.start(environment: ["CONVENE_ARCHIVE_ROOMS": "board-*"])
            let ada = try meeting.publish("Ada")
            _ = try await ada.line("the state") { $0 == "* this meeting is not recorded" }
            let board = try meeting.publish("Bea", room: "board-1")
            _ = try await board.line("the state") { $0 == "* this meeting is being recorded" }
            try await meeting.waitForRecording(of: "bea", room: "board-1")
            #expect(!FileManager.default.fileExists(atPath: meeting.archive + "/room"))
            try await record(meeting, "stop", says: "off")
            try await record(meeting, "start", says: "recording: Eve started it")
            try await meeting.waitForRecording(of: "ada")
            for publisher in [ada, board] {
                publisher.signal(SIGTERM)
                #expect(try await publisher.wait() == .exited(0), "\(publisher.errors)")
            }
            try await meeting.stop()
            try await ArchiveChecks.decodes(try meeting.recording(of: "ada"))
            let segment = try #require(try meeting.manifest().segments.first)
            // The first picture that was kept is the beginning.
            #expect((0..<40_000).contains(segment.start), "\(segment.start)")
        }

        @Test(.timeLimit(.minutes(1)))
        func whatIsRefusedIsSaid() async throws {
            let meeting = try await Meeting.start()
            func refusal(_ arguments: [String], _ status: Int32 = 1) async throws -> String {
                let process = try Meeting.convene(["record"] + arguments)
                #expect(try await process.wait() == .exited(status), "\(arguments)")
                #expect(process.output.isEmpty)
                return process.errors
            }
            #expect(
                try await refusal([meeting.url("nobody"), "start"]).contains("Nobody is in the room nobody"))
            let ada = try meeting.publish("Ada")
            try await meeting.waitForRecording(of: "ada")
            try await record(meeting, "stop", says: "stopped: Eve stopped it")
            #expect(try await refusal([meeting.url(), "pause"]).contains("recording_unavailable"))
            #expect(try await refusal([meeting.url(), "erase"], 64).contains("erase"))
            ada.signal(SIGTERM)
            #expect(try await ada.wait() == .exited(0))
            try await meeting.stop()
            let wrong = try Meeting.convene(
                ["serve", "--listen", "127.0.0.1:0", "--archive", meeting.archive],
                environment: ["CONVENE_ARCHIVE_ROOMS": "board,a b"])
            #expect(try await wrong.wait() == .exited(64))
            #expect(wrong.errors.contains("archive.rooms has the pattern \"a b\""), "\(wrong.errors)")
            let silent = try await Meeting.start(arguments: ["--no-record"])
            let bob = try silent.publish("Bob")
            _ = try await bob.line("the state") { $0 == "* this meeting is not recorded" }
            #expect(try await refusal([silent.url(), "start"]).contains("archive.record"))
            bob.signal(SIGTERM)
            #expect(try await bob.wait() == .exited(0))
            try await silent.stop()
        }
    }
}
