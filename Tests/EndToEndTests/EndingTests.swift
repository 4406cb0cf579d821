import Foundation
import Glibc
import MediaTesting
import Testing

extension EndToEnd {
    /// How things end: in order, by signal, and by force.
    @Suite struct EndingTests {
        @Test(.timeLimit(.minutes(1)), arguments: [SIGINT, SIGTERM])
        func signalsEndEverythingInOrder(signal: Int32) async throws {
            let meeting = try await Meeting.start()
            let leaving = try meeting.publish("Leaving")
            let staying = try meeting.publish("Staying")
            let viewer = try meeting.view("Viewer")
            try await meeting.waitForRecording(of: "leaving")
            leaving.signal(signal)
            #expect(try await leaving.wait() == .exited(0), "\(leaving.errors)")
            _ = try await staying.line("the parting") { $0 == "* Leaving left" }
            viewer.signal(signal)
            #expect(try await viewer.wait() == .exited(0), "\(viewer.errors)")
            #expect(try meeting.report("Viewer").videos.count == 2)
            try await meeting.stop()
            // For those who stay the server has gone.
            #expect(try await staying.wait() == .exited(69), "\(staying.errors)")
            #expect(
                staying.errors.split(separator: "\n").last == "convene: The meeting was ended by the server.")
            #expect(try meeting.recordings().count == 2)
            for path in try meeting.recordings() {
                #expect(try MovieFile(path: path).isPlain)
                let probe = try await ArchiveChecks.decodes(path)
                #expect(probe.holes.isEmpty && probe.unreadable == 0)
            }
            #expect(try meeting.journal().last?.event == "end")
        }

        @Test(.timeLimit(.minutes(1)))
        func killedPublisherHasLeftAndItsFileIsFinished() async throws {
            let meeting = try await Meeting.start(environment: ["CONVENE_ROOMS_RESUME_SECONDS": "1"])
            let killed = try meeting.publish("Killed")
            let viewer = try meeting.view("Viewer")
            try await meeting.waitForRecording(of: "killed")
            killed.signal(SIGKILL)
            #expect(try await killed.wait() == .killed(signal: SIGKILL))
            _ = try await viewer.line("the parting") { $0 == "* Killed left" }
            let path = try meeting.recording(of: "killed")
            // The meeting goes on, and the file is finished all the same.
            try await Wait.until("the finished file") { try MovieFile(path: path).isPlain }
            let probe = try await ArchiveChecks.decodes(path)
            #expect(probe.holes.isEmpty && probe.unreadable == 0 && !probe.pictures.isEmpty)
            viewer.signal(SIGTERM)
            #expect(try await viewer.wait() == .exited(0))
            try await meeting.stop()
            let left = try meeting.journal().first { $0.event == "leave" && $0.participant == "killed" }
            #expect(left?.reason == "disconnected")
        }

        /// What a recording may lack when the server dies, milliseconds: the promise of the archive.
        static let maximumLoss = 1000

        @Test(.timeLimit(.minutes(1)))
        func killedServerLeavesAPlayableFileThatLacksAtMostASecond() async throws {
            let meeting = try await Meeting.start()
            let publisher = try meeting.publish("Ada", Meeting.pattern + ["--reconnect", "0"])
            try await meeting.waitForRecording(of: "ada", bytes: 80_000)
            let path = try meeting.recording(of: "ada")
            meeting.server.signal(SIGKILL)
            let killed = UInt32(truncatingIfNeeded: Int64(Date().timeIntervalSince1970 * 1000))
            #expect(try await meeting.server.wait() == .killed(signal: SIGKILL))
            #expect(try await publisher.wait() == .exited(69), "\(publisher.errors)")
            #expect(try MovieFile(path: path).isFragmented)
            try await FFmpeg.check(path)
            let probe = try ArchiveProbe(path: path)
            #expect(probe.holes.isEmpty && probe.unreadable == 0 && probe.damaged == 0)
            let last = try #require(probe.pictures.last)
            let loss = Int(Int32(bitPattern: killed &- last.timeCode))
            #expect(loss <= Self.maximumLoss, "the last picture is \(loss) ms older than the server's end")
        }
    }
}
