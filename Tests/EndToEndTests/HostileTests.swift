import Foundation
import Glibc
import MediaTesting
import Testing

extension EndToEnd {
    /// Strangers who send anything at all, while a meeting goes on.
    @Suite struct HostileTests {
        /// What the server may grow by, KiB: the allocator keeps some of what connections used.
        static let maximumGrowth = 8192

        @Test(.timeLimit(.minutes(1)))
        func hostileInputDisturbsNobody() async throws {
            let meeting = try await Meeting.start()
            let publisher = try meeting.publish("Ada")
            let viewer = try meeting.view("Viewer")
            try await meeting.waitForRecording(of: "ada", bytes: 40_000)
            let before = try meeting.server.memory()
            // Silent until the server has had enough of it.
            let half = try TCPClient(port: meeting.port)
            half.send(TCPClient.bigEndian(500) + [1] + Array(#"{"type":"hel"#.utf8))
            try Self.sendGarbage(to: meeting.port, for: .seconds(2))
            #expect(try Self.error(meeting, TCPClient.bigEndian(0xFFFF_FFFF) + [2]) == "frame_too_large")
            #expect(try Self.error(meeting, TCPClient.bigEndian(4_194_305) + [2]) == "frame_too_large")
            #expect(try Self.error(meeting, TCPClient.bigEndian(0)) == "bad_frame")
            #expect(try Self.error(meeting, TCPClient.frame(kind: 77, [0])) == "bad_frame")
            #expect(try Self.error(meeting, TCPClient.control("[1]")) == "bad_message")
            #expect(try Self.error(meeting, TCPClient.control(#"{"type":"subscribe"}"#)) == "bad_state")
            let stranger = #"{"type":"hello","protocol":2,"room":"room","name":"Stranger"}"#
            #expect(try Self.error(meeting, TCPClient.control(stranger)) == "unsupported_version")
            #expect(try Self.code(half.receiveToEnd()) == "hello_timeout")
            let after = try meeting.server.memory()
            #expect(after - before < Self.maximumGrowth, "from \(before) to \(after) KiB")
            viewer.signal(SIGTERM)
            #expect(try await viewer.wait() == .exited(0))
            publisher.signal(SIGTERM)
            #expect(try await publisher.wait() == .exited(0))
            try await meeting.stop()
            let track = try #require(try meeting.report("Viewer").videos.first)
            #expect(
                track.framesMissing == 0 && track.packetsMissing == 0 && track.decodeErrors == 0, "\(track)")
            try await ArchiveChecks.pattern(try meeting.recording(of: "ada"))
        }

        /// Sends `bytes`, and gives the code of the error with which the server closes.
        private static func error(_ meeting: Meeting, _ bytes: [UInt8]) throws -> String? {
            let client = try TCPClient(port: meeting.port)
            client.send(bytes)
            return try code(client.receiveToEnd())
        }

        /// The code of the last message, which must be a fatal error.
        private static func code(_ bytes: [UInt8]) throws -> String? {
            struct Message: Decodable {
                var type: String
                var code: String?
                var fatal: Bool?
                var message: String?
            }
            var rest = bytes[...]
            var last: Message?
            while rest.count > 5 {
                let length = rest.prefix(4).reduce(0) { $0 << 8 | Int($1) }
                try #require(rest.count >= 4 + length && length > 0)
                last = try JSONDecoder().decode(
                    Message.self, from: Data(rest.dropFirst(5).prefix(length - 1)))
                rest = rest.dropFirst(4 + length)
            }
            #expect(last?.type == "error" && last?.fatal == true && last?.message?.isEmpty == false)
            return last?.code
        }

        /// Random bytes on several connections: bare, in frames of both kinds, and behind a proper hello.
        private static func sendGarbage(to port: Int, for duration: Duration) throws {
            var generator = SeededGenerator(seed: 20_26)
            let hello = TCPClient.control(#"{"type":"hello","protocol":1,"room":"garbage","name":"Mallory"}"#)
            let end = ContinuousClock.now + duration
            var connections = 0
            while ContinuousClock.now < end {
                let clients = try (0..<4).map { _ in try TCPClient(port: port) }
                for (index, client) in clients.enumerated() {
                    let bytes = (0..<Int.random(in: 1...20_000, using: &generator)).map { _ in
                        UInt8.random(in: .min ... .max, using: &generator)
                    }
                    switch index {
                    case 0: client.send(bytes)
                    case 1: client.send(TCPClient.frame(kind: 1, bytes))
                    case 2: client.send(hello + TCPClient.frame(kind: 2, bytes))
                    default: client.send(hello + [0xFF] + bytes)
                    }
                }
                // Bare bytes may look like the beginning of a long frame; all others the server must close.
                for client in clients.dropFirst() { _ = try client.receiveToEnd() }
                connections += clients.count
            }
            #expect(connections > 20)
        }
    }
}
