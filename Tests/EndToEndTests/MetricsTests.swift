import Foundation
import Glibc
import MediaTesting
import Testing

extension EndToEnd {
    /// `/metrics`, `/healthz` and `/readyz`.
    @Suite struct MetricsTests {
        @Test(.timeLimit(.minutes(1)))
        func readinessEndsBeforeTheServerDoes() async throws {
            let meeting = try await Meeting.start(
                environment: ["CONVENE_SERVER_DRAIN_SECONDS": "2"], servesMetrics: true)
            #expect(try HTTP.get("/readyz", port: meeting.metricsPort) == .init(status: 200, body: "ready\n"))
            #expect(try HTTP.get("/healthz", port: meeting.metricsPort) == .init(status: 200, body: "ok\n"))
            meeting.server.signal(SIGTERM)
            let draining = HTTP.Answer(status: 503, body: "draining\n")
            try await Wait.until("the end of readiness") {
                try HTTP.get("/readyz", port: meeting.metricsPort) == draining
            }
            // It still serves those who come all the same, and is healthy.
            #expect(try HTTP.get("/healthz", port: meeting.metricsPort).status == 200)
            let client = try TCPClient(port: meeting.port)
            client.send(
                TCPClient.control(#"{"type":"hello","protocol":1,"room":"room","name":"Late"}"#)
                    + TCPClient.control(#"{"type":"bye"}"#))
            let text = String(decoding: try client.receiveToEnd(), as: UTF8.self)
            #expect(text.contains(#""type":"welcome""#))
            #expect(try await meeting.server.wait() == .exited(0))
        }

        @Test(.timeLimit(.minutes(1)))
        func strangeRequestsAreAnsweredOrClosedAndTheNextOneIsServed() async throws {
            let meeting = try await Meeting.start(servesMetrics: true)
            let port = meeting.metricsPort
            #expect(try HTTP.get("/", port: port).status == 404)
            #expect(try HTTP.get("/metrics?x=y", port: port).status == 200)
            #expect(
                try HTTP.answer("POST /metrics HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc", port: port).status
                    == 405)
            #expect(
                try HTTP.answer("HEAD /healthz HTTP/1.1\r\n\r\n", port: port) == .init(status: 200, body: ""))
            #expect(try HTTP.answer("nonsense\r\n\r\n", port: port).status == 400)
            let endless = try TCPClient(port: port)
            let line = Array("X-Long: \(String(repeating: "a", count: 1000))\r\n".utf8)
            endless.send(Array("GET / HTTP/1.1\r\n".utf8))
            var isTaken = true
            for _ in 0..<10_000 where isTaken { isTaken = endless.send(line) }
            #expect(!isTaken, "10 MB of one request's head were taken")
            // More connections than are allowed; those that say nothing are closed in time.
            let silent = try (0..<40).map { _ in try TCPClient(port: port) }
            for client in silent { #expect(try client.receiveToEnd().isEmpty) }
            #expect(try HTTP.get("/healthz", port: port).status == 200)
            try await meeting.stop()
        }

        @Test(.timeLimit(.minutes(1)))
        func everyMetricIsDocumented() async throws {
            let meeting = try await Meeting.start(servesMetrics: true)
            let text = try HTTP.get("/metrics", port: meeting.metricsPort).body
            let names = text.split(separator: "\n").filter { $0.hasPrefix("# TYPE ") }.map {
                String($0.split(separator: " ")[2])
            }
            #expect(names.count > 20 && Set(names).count == names.count)
            let helps = text.split(separator: "\n").filter { $0.hasPrefix("# HELP ") }
            #expect(helps.allSatisfy { $0.split(separator: " ").count > 3 })
            let document = try String(contentsOfFile: ProgramLocation.document("metrics.md"), encoding: .utf8)
            for name in names { #expect(document.contains("`\(name)`"), "\(name) is not in docs/metrics.md") }
            try await meeting.stop()
        }

        @Test(.timeLimit(.minutes(1)))
        func anAddressThatIsTakenIsTold() async throws {
            let meeting = try await Meeting.start(servesMetrics: true)
            let other = try Meeting.convene([
                "serve", "--listen", "127.0.0.1:0", "--archive", meeting.folder.path + "/other", "--metrics",
                "127.0.0.1:\(meeting.metricsPort)",
            ])
            #expect(try await other.wait() == .exited(69))
            #expect(other.errors.contains("127.0.0.1:\(meeting.metricsPort)"))
            #expect(other.errors.contains("server.metrics") && other.errors.contains("another program"))
            let wrong = try Meeting.convene(["serve", "--metrics", "nowhere"])
            #expect(try await wrong.wait() == .exited(64))
            try await meeting.stop()
        }
    }
}
