import Client
import Media
import NIOCore
import Relay
import Testing
import Wire

/// What a server takes at most: each limit is told by its code, and disturbs nobody who is in already.
@Suite(.timeLimit(.minutes(1))) struct LimitTests {
    @Test func roomsBeyondTheLimitAreRefusedWhileTheOthersCanBeEntered() async throws {
        try await TestRelay.run { configuration in
            configuration.maximumRooms = 1
        } _: { relay in
            let anna = try await relay.connect("Anna")
            let other = try RawSocket(port: relay.port)
            other.send(.hello(protocolVersion: 1, room: "other", name: "Mallory"))
            #expect(try other.fatalError() == "too_many_rooms")
            let bob = try await relay.connect("Bob")
            #expect(!anna.isClosed && !bob.isClosed)
        }
    }

    @Test func anEndedRoomMakesRoomForAnother() async throws {
        let tap = RecordingTap()
        try await TestRelay.run(taps: tap) { configuration in
            configuration.maximumRooms = 1
        } _: { relay in
            await (try await relay.connect("Anna")).finish()
            await tap.calls.wait { $0.contains("closed") }
            let other = try RawSocket(port: relay.port)
            other.send(.hello(protocolVersion: 1, room: "other", name: "Bob"))
            let welcome = try other.message { if case .welcome = $0 { true } else { false } }
            #expect(welcome != nil)
        }
    }

    @Test func connectionsOfOneAddressBeyondTheLimitAreRefusedUntilOneIsClosed() async throws {
        let tap = RecordingTap()
        try await TestRelay.run(taps: tap) { configuration in
            configuration.maximumConnectionsPerAddress = 2
        } _: { relay in
            let anna = try await relay.connect("Anna")
            let bob = try await relay.connect("Bob")
            #expect(try RawSocket(port: relay.port).fatalError() == "too_many_connections")
            #expect(!anna.isClosed && !bob.isClosed)
            await bob.finish()
            // The refused socket and Bob's are closed, but the server may see that a moment later than this client.
            var carl: Connection?
            while carl == nil { carl = try? await relay.connect("Carl") }
            #expect(carl?.isClosed == false)
        }
    }

    /// What a recorder allows an address does not depend on how many connections one may have.
    @Test(arguments: [0, 2])
    func theTapLearnsWhereParticipantsComeFrom(maximumConnections: Int) async throws {
        let tap = RecordingTap()
        try await TestRelay.run(taps: tap) { configuration in
            configuration.maximumConnectionsPerAddress = maximumConnections
        } _: { relay in
            let anna = try await relay.connect("Anna")
            let bob = try await relay.connect("Bob")
            let addresses = tap.addresses.elements.compactMap { $0 }
            #expect(addresses.count == 2 && Set(addresses).count == 1)
            #expect(!anna.isClosed && !bob.isClosed)
        }
    }

    @Test func mediaBeyondTheBitrateEndsItsPublisherOnly() async throws {
        let tap = RecordingTap()
        try await TestRelay.run(taps: tap) { configuration in
            configuration.maximumPublishBitsPerSecond = 8
        } _: { relay in
            let connection = try await relay.connect("Anna")
            #expect(connection.welcome.limits.publishBitrate == 8)
            let publisher = PublishSession(connection: connection) { _ in }
            let video = try await publisher.publish(videoDescription, origin: MediaClock.system.now())
            let bob = try await relay.connect("Bob")
            for index in 0..<3 as Range<Int64> {
                publisher.send(packet(index, key: true, size: 3_000_000), on: video)
                await tap.calls.wait { calls in
                    calls.contains { $0 == "packet 1 \(index)" || $0.hasPrefix("left anna") }
                }
            }
            await tap.calls.wait { $0.contains("left anna too_much_media") }
            guard case .refused("too_much_media", _) = await connection.waitUntilClosed() else {
                Issue.record("closed for another reason")
                return
            }
            #expect(!bob.isClosed)
        }
    }

    @Test func addressesAreOneForEachIPv4AddressAndEachIPv6Network() throws {
        func address(_ text: String) throws -> ClientAddress? {
            ClientAddress(try SocketAddress(ipAddress: text, port: 1))
        }
        #expect(try address("192.0.2.1") == address("192.0.2.1"))
        #expect(try address("192.0.2.1") != address("192.0.2.2"))
        #expect(try address("::ffff:192.0.2.1") == address("192.0.2.1"))
        #expect(try address("2001:db8:1:2::1") == address("2001:db8:1:2:ffff::9"))
        #expect(try address("2001:db8:1:2::1") != address("2001:db8:1:3::1"))
        // 0.0.0.7 and the network 0:0:0:7:: are not the same.
        #expect(try address("0.0.0.7") != address("0:0:0:7::1"))
        #expect(ClientAddress(try SocketAddress(unixDomainSocketPath: "/socket")) == nil)
    }
}
