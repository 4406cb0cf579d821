import Client
import Media
import NIOCore
import Relay
import Testing
import Wire

@Suite(.timeLimit(.minutes(1))) struct HostileTests {
    private static let goodHello = Array(
        ClientMessage.hello(protocolVersion: 1, room: TestRelay.name, name: "Mallory").encoded()
            .readableBytesView)

    private static func control(_ json: String) -> [UInt8] {
        let length = json.utf8.count + 1
        return [0, 0, UInt8(length >> 8), UInt8(length & 0xFF), 1] + Array(json.utf8)
    }

    private static let zeroMedia: [UInt8] = [0, 0, 0, 30, 2] + [UInt8](repeating: 0, count: 29)

    /// What is sent, and the error that it has to get.
    private static let nonsense: [(bytes: [UInt8], code: String)] = [
        (control(#"{"type":"hello","protocol":2,"room":"room","name":"x"}"#), "unsupported_version"),
        ([0xFF, 0xFF, 0xFF, 0xFF], "frame_too_large"),
        ([0, 0x40, 0, 1, 2, 0, 0], "frame_too_large"),
        ([0, 0, 0, 5, 9, 1, 2, 3, 4], "bad_frame"),
        ([0, 0, 0, 0], "bad_frame"),
        (control("garbage"), "bad_message"),
        (goodHello + control("{}"), "bad_message"),
        (goodHello + goodHello, "bad_state"),
        (goodHello + zeroMedia, "unknown_track"),
        ([0, 0x40, 0, 0, 2], "bad_state"),
        (goodHello + [0, 0x40, 0, 0, 2], "unknown_track"),
    ]

    @Test(arguments: nonsense)
    func nonsenseGetsAnErrorAndTheEndOfTheStream(input: (bytes: [UInt8], code: String)) async throws {
        try await TestRelay.run { relay in
            let socket = try RawSocket(port: relay.port)
            socket.send(input.bytes)
            #expect(try socket.fatalError() == input.code)
        }
    }

    @Test func silenceBeforeTheHelloAndHalfAFrameAreEnded() async throws {
        try await TestRelay.run { configuration in
            configuration.helloTimeoutInSeconds = 0.1
            configuration.idleTimeoutInSeconds = 0.1
        } _: { relay in
            let silent = try RawSocket(port: relay.port)
            let half = try RawSocket(port: relay.port)
            half.send(Array(Self.goodHello.prefix(20)))
            let idle = try RawSocket(port: relay.port)
            idle.send(Self.goodHello + [0, 0, 0x30, 0, 1, 1, 2, 3])
            #expect(try silent.fatalError() == "hello_timeout")
            #expect(try half.fatalError() == "hello_timeout")
            #expect(try idle.fatalError() == "idle_timeout")
        }
    }

    @Test func randomBytesDisturbNobody() async throws {
        try await TestRelay.run { relay in
            let viewer = try await relay.viewer("Viewer").recorder
            let publisher = PublishSession(connection: try await relay.connect("Anna")) { _ in }
            let audio = try await publisher.publish(opusDescription, origin: MediaClock.system.now())
            var generator = SystemRandomNumberGenerator()
            for index in 0..<50 as Range<Int64> {
                let socket = try RawSocket(port: relay.port)
                if index % 2 == 0 { socket.send(Self.goodHello) }
                socket.send((0..<20_000).map { _ in UInt8(truncatingIfNeeded: generator.next()) })
                publisher.send(packet(index, key: true), on: audio)
            }
            await viewer.wait(forPacketAt: 49)
            #expect(viewer.times(of: audio) == Array(0..<50))
        }
    }

    @Test func roomAndTrackLimitsAreTold() async throws {
        try await TestRelay.run { configuration in
            configuration.maximumParticipantsPerRoom = 1
            configuration.maximumTracksPerParticipant = 1
        } _: { relay in
            let connection = try await relay.connect("Anna")
            let full = await #expect(throws: ClientError.self) { try await relay.connect("Bob") }
            guard case .refused("room_full", _)? = full else {
                Issue.record("\(String(describing: full))")
                return
            }
            let publisher = PublishSession(connection: connection) { _ in }
            _ = try await publisher.publish(opusDescription, origin: MediaClock.system.now())
            let error = await #expect(throws: ClientError.self) {
                try await publisher.publish(opusDescription, origin: MediaClock.system.now())
            }
            guard case .refused("too_many_tracks", _)? = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(!connection.isClosed)
        }
    }

    @Test func connectionsBeyondTheLimitAreRefused() async throws {
        try await TestRelay.run { configuration in
            configuration.maximumConnections = 2
        } _: { relay in
            let anna = try await relay.connect("Anna")
            let bob = try await relay.connect("Bob")
            let refused = await #expect(throws: ClientError.self) { try await relay.connect("Carl") }
            guard case .refused("server_full", _)? = refused else {
                Issue.record("\(String(describing: refused))")
                return
            }
            #expect(!anna.isClosed && !bob.isClosed)
        }
    }

    @Test func resubscribingAtOnceDoesNotSendTheCachedPicturesAgain() async throws {
        try await TestRelay.run { relay in
            let publisher = PublishSession(connection: try await relay.connect("Anna")) { _ in }
            let video = try await publisher.publish(videoDescription, origin: MediaClock.system.now())
            let witness = try await relay.viewer("Witness").recorder
            for index in 0..<10 as Range<Int64> { publisher.send(packet(index, key: index == 0), on: video) }
            await witness.wait(forPacketAt: 9)
            let socket = try RawSocket(port: relay.port)
            try socket.join("Mallory")
            for _ in 0..<100 {
                socket.send(.subscribe(tracks: nil))
                socket.send(.unsubscribe(tracks: nil))
            }
            socket.send(.ping(time: 1))
            var count = 0
            while let frame = try socket.receive() {
                if case .media = frame.body { count += 1 }
                guard case .control(let json) = frame.body else { continue }
                if case .pong = try ServerMessage(json: json) { break }
            }
            // None where the last subscription ended before the pictures came from the other event loop.
            #expect(count <= 10)
        }
    }

    @Test func slowSubscriberDisturbsNobodyAndResumesAtAKeyframe() async throws {
        try await TestRelay.run { configuration in
            configuration.subscriberQueueBytes = 300_000
        } _: { relay in
            let slow = try relay.subscriber("Slow", receiveBuffer: 4096)
            let viewer = try await relay.viewer("Viewer").recorder
            let publisher = PublishSession(connection: try await relay.connect("Anna")) { _ in }
            let video = try await publisher.publish(videoDescription, origin: MediaClock.system.now())
            let count: Int64 = 600
            for index in 0..<count {
                publisher.send(packet(index, key: index % 30 == 0, size: 10_000), on: video)
                if index % 20 == 19 { await viewer.wait(forPacketAt: index) }
            }
            #expect(viewer.times(of: video) == Array(0..<count))
            // Now it reads: everything in order, a gap only in front of a keyframe, and told before.
            var last: Int64 = -1
            var told = 0
            var next = count
            while last < count + 60, let frame = try slow.receive() {
                switch frame.body {
                case .control(let json):
                    if case .dropped(_, let dropped, _) = try ServerMessage(json: json) { told += dropped }
                case .media(let header, _):
                    if header.dts != last + 1 { #expect(header.flags.contains(.keyframe)) }
                    last = header.dts
                }
                publisher.send(packet(next, key: next % 30 == 0, size: 100), on: video)
                next += 1
            }
            #expect(told > 0)
        }
    }
}
