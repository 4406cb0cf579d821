import Foundation
import MediaTesting
import Testing

extension EndToEnd {
    /// The promise of the archive: a server that dies at any moment, with its machine or without, leaves recordings that play, and lack at most the last
    /// second. `scripts/crash-test` runs it many times.
    @Suite("Crashes")
    struct CrashTests {
        private static let publishers = ["ada", "bob", "eve"]

        /// What one crash left of one recording.
        private struct Outcome {
            /// How much older the last picture was than the server's death, milliseconds.
            let loss: Int
            let problem: String?
        }

        @Test(.timeLimit(.minutes(60)))
        func killedServersLoseAtMostASecondAndRecover() async throws { try await run(cutsPower: false) }

        @Test(.timeLimit(.minutes(60)))
        func powerCutsLoseAtMostASecondAndAreRecovered() async throws { try await run(cutsPower: true) }

        private func run(cutsPower: Bool) async throws {
            let wanted = ProcessInfo.processInfo.environment["CONVENE_CRASH_RUNS"].flatMap { Int($0) } ?? 2
            var random = SystemRandomNumberGenerator()
            var outcomes: [Outcome] = []
            for run in 1...max(1, wanted) {
                let delay = Double(Int.random(in: 0...4000, using: &random)) / 1000
                outcomes += try await crash(after: delay, cut: cutsPower ? try await PowerCut() : nil)
                if wanted > 2 {
                    print("crash \(run) of \(wanted), after \(delay) s: \(outcomes.suffix(3).map(\.loss))")
                }
            }
            let losses = outcomes.map(\.loss).sorted()
            print((cutsPower ? "power cut: " : "kill -9: ") + Self.distribution(losses))
            let problems = outcomes.compactMap(\.problem)
            #expect(problems.isEmpty, "\(problems)")
            #expect(losses.allSatisfy { $0 <= EndingTests.maximumLoss })
        }

        /// One meeting whose server dies `delay` seconds after everybody is being recorded, and its recovery.
        private func crash(after delay: Double, cut: PowerCut?) async throws -> [Outcome] {
            let meeting = try await Meeting.start(cut: cut)
            let publishers = try Self.publishers.map {
                try meeting.publish($0, Meeting.pattern + ["--reconnect", "0"])
            }
            for name in Self.publishers { try await meeting.waitForRecording(of: name, bytes: 5_000) }
            try await Task.sleep(for: .seconds(delay))
            meeting.server.signal(SIGKILL)
            let killed = UInt32(truncatingIfNeeded: Int64(Date().timeIntervalSince1970 * 1000))
            _ = try await meeting.server.wait()
            for publisher in publishers { _ = try await publisher.wait() }
            if let cut {
                // The machine is off: only what was synced is there when it comes back.
                try cut.restore(meeting.archive, to: meeting.archive + ".durable")
                try FileManager.default.removeItem(atPath: meeting.archive)
                try FileManager.default.moveItem(
                    atPath: meeting.archive + ".durable", toPath: meeting.archive)
            }
            var outcomes: [Outcome] = []
            for name in Self.publishers {
                outcomes.append(try await inspect(try meeting.recording(of: name), killed: killed))
            }
            // The next start finishes what the crash left.
            let next = try Meeting.convene(["serve", "--listen", "127.0.0.1:0", "--archive", meeting.archive])
            _ = try await next.line("its address") { $0.hasPrefix("listening on ") }
            next.signal(SIGTERM)
            _ = try await next.wait()
            for name in Self.publishers {
                let path = try meeting.recording(of: name)
                let after = try await inspect(path, killed: killed)
                let isPlain = try MovieFile(path: path).isPlain
                if let problem = after.problem { outcomes.append(after); print(problem) }
                if !isPlain { outcomes.append(Outcome(loss: 0, problem: "\(path) is not finished")) }
            }
            let manifest = try meeting.manifest()
            if manifest.ended == nil || manifest.segments.count != Self.publishers.count {
                outcomes.append(Outcome(loss: 0, problem: "the manifest was not rebuilt: \(manifest)"))
            }
            return outcomes
        }

        private func inspect(_ path: String, killed: UInt32) async throws -> Outcome {
            let complaints = try await ChildProcess.complaints(
                "ffmpeg", ["-v", "error", "-xerror", "-i", path, "-f", "null", "-"])
            let probe = try ArchiveProbe(path: path)
            guard let last = probe.pictures.last else {
                return Outcome(loss: 0, problem: "\(path) holds no picture")
            }
            let isWhole = probe.holes.isEmpty && probe.unreadable == 0 && probe.damaged == 0
            let loss = Int(Int32(bitPattern: killed &- last.timeCode))
            return Outcome(
                loss: loss,
                problem: complaints.isEmpty && isWhole ? nil : "\(path): \(complaints) \(probe.holes)")
        }

        private static func distribution(_ losses: [Int]) -> String {
            func at(_ share: Double) -> Int {
                losses[min(losses.count - 1, Int(share * Double(losses.count)))]
            }
            return "\(losses.count) recordings lost, in ms: least \(at(0)), median \(at(0.5)), "
                + "p95 \(at(0.95)), most \(losses.last ?? 0)"
        }
    }
}
