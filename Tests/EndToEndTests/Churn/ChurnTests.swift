import Foundation
import Glibc
import MediaTesting
import Testing

extension EndToEnd {
    /// A day of people who come and go, in a short time. `scripts/churn-test` runs it for longer, and with sanitizers.
    @Suite("Churn")
    struct ChurnTests {
        /// What is left when everybody has gone.
        private struct Rest {
            var files: Double
            var threads: Int
            var memory: Int
        }

        private static let cycles = 3
        /// KiB by which memory may grow after the first cycle: what the allocator keeps varies by some megabytes.
        private static let maximumGrowth = 8192
        /// Threads that Swift's pool may make after the start: it makes them when there is work.
        private static let poolThreads = 4
        /// Pipes by which ThreadSanitizer talks to the program that finds the names of functions, once it needs some.
        private static let symbolizerPipes = 2.0
        private static let settings = [
            "CONVENE_SERVER_HELLO_TIMEOUT_SECONDS": "1", "CONVENE_SERVER_IDLE_TIMEOUT_SECONDS": "3",
            "CONVENE_RELAY_SLOW_CONSUMER_SECONDS": "2", "CONVENE_ROOMS_RESUME_SECONDS": "2",
            "CONVENE_LOG_LEVEL": "warning",
            // Which thread's arena holds freed memory is chance, and not what is measured.
            "MALLOC_ARENA_MAX": "1",
        ]

        @Test(.timeLimit(.minutes(60)))
        func filesThreadsMemoryAndRoomsReturnToTheStart() async throws {
            let environment = ProcessInfo.processInfo.environment
            let seconds = environment["CONVENE_CHURN_SECONDS"].flatMap { Double($0) } ?? 30
            let isSanitized = environment["CONVENE_CHURN_SANITIZED"] != nil
            let seed = environment["CONVENE_CHURN_SEED"].flatMap { UInt64($0) } ?? UInt64(time(nil))
            print("churn: seed \(seed)")
            let meeting = try await Meeting.start(environment: Self.settings, servesMetrics: true)
            let start = try measure(meeting)
            let churn = try Churn(port: meeting.port, seed: seed)
            var rests: [Rest] = []
            for _ in 0..<Self.cycles {
                try await churn.run(for: .seconds(seconds / Double(Self.cycles)))
                rests.append(try await settled(meeting, as: start))
            }
            print(
                "churn: \(churn.arrived) clients, \(churn.returned) of them back again; files \(rests.map(\.files)) after \(start.files), threads "
                    + "\(rests.map(\.threads)) after \(start.threads), KiB \(rests.map(\.memory)) after \(start.memory)"
            )
            #expect(Double(churn.arrived) > seconds * 20)
            let first = try #require(rests.first)
            let last = try #require(rests.last)
            // The sanitizers keep freed memory on purpose.
            #expect(isSanitized || last.memory - first.memory < Self.maximumGrowth, "KiB of memory")
            #expect(!meeting.server.hasEnded, "\(meeting.server.errors)")
            try await meeting.stop()
            #expect(!meeting.server.errors.contains("Sanitizer"), "\(meeting.server.errors)")
            // Whatever the publishers did: what is there is whole.
            let check = try Meeting.convene(["archive", "verify", "--archive", meeting.archive])
            #expect(try await check.wait(seconds: 1200) == .exited(0), "\(check.output) \(check.errors)")
        }

        /// Waits until nobody and nothing is left, and measures. Recorders end a moment after their meetings.
        private func settled(_ meeting: Meeting, as start: Rest) async throws -> Rest {
            let empty = [
                "convene_connections", "convene_rooms", "convene_participants",
                #"convene_tracks{kind="video"}"#, #"convene_tracks{kind="audio"}"#, "convene_queued_bytes",
            ]
            var rest = start
            var left: [String: Double] = [:]
            do {
                try await Wait.until("an empty server", seconds: 60) {
                    let metrics = try HTTP.metrics(meeting)
                    rest = try measure(meeting)
                    let pipes = try meeting.server.hasChildren() ? Self.symbolizerPipes : 0
                    left = metrics.filter { empty.contains($0.key) && $0.value != 0 }
                    return left.isEmpty && metrics["convene_recording_open_segments"] ?? 0 == 0
                        && rest.files == start.files + pipes
                        && rest.threads <= start.threads + Self.poolThreads
                }
            } catch {
                throw HarnessError(
                    "\(error) Left: \(left), \(rest); at the start: \(start). \(meeting.server.errors.suffix(2000))"
                )
            }
            return rest
        }

        private func measure(_ meeting: Meeting) throws -> Rest {
            Rest(
                files: try #require(try HTTP.metrics(meeting)["process_open_fds"]),
                threads: try meeting.server.memory("Threads"), memory: try meeting.server.memory())
        }
    }
}
