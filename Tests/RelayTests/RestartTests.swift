import Client
import Media
import MediaTesting
import Relay
import Testing
import Wire

/// A server that is started again: its participants come back, as who they were.
@Suite(.timeLimit(.minutes(1))) struct RestartTests {
    private static let key = [UInt8](repeating: 7, count: 32)

    private func enter(
        _ port: Int, room: String = TestRelay.name, resume: String?
    ) throws -> (socket: RawSocket, welcome: Welcome) {
        let socket = try RawSocket(port: port)
        socket.send(.hello(protocolVersion: 1, room: room, name: "Anna", resume: resume))
        guard case .welcome(let welcome)? = try socket.message(where: { $0.type == "welcome" }) else {
            throw RawSocket.Failure.closed
        }
        return (socket, welcome)
    }

    @Test func clientsAreToldToComeBack() async throws {
        let relay = try await TestRelay()
        let (socket, _) = try enter(relay.port, resume: "")
        async let end: Void = relay.server.shutdown(.restart)
        guard
            case .bye(let reason, let retryAfter)? = try socket.message(where: { $0.type == "bye" })
        else { throw RawSocket.Failure.closed }
        #expect(reason == "restarting")
        #expect((100...1500).contains(try #require(retryAfter)))
        #expect(try socket.receive() == nil)
        await end
    }

    @Test func theNextRunKnowsItsParticipantsByTheKey() async throws {
        let first = try await TestRelay(key: Self.key)
        let people = try (0..<3).map { _ in try enter(first.port, resume: "") }
        #expect(people.map(\.welcome.participant) == ["anna", "anna-2", "anna-3"])
        await first.server.shutdown(.restart)
        let tokens = try people.map { try #require($0.welcome.resumption?.token) }
        try await TestRelay.run(key: Self.key) { second in
            // In another order, and with somebody new in between.
            let third = try enter(second.port, resume: tokens[2])
            #expect(third.welcome.participant == "anna-3" && third.welcome.resumption?.tracks == nil)
            let newcomer = try enter(second.port, resume: "")
            #expect(newcomer.welcome.participant == "anna")
            #expect(try enter(second.port, resume: tokens[1]).welcome.participant == "anna-2")
            // Somebody who is here has that identifier already.
            #expect(try enter(second.port, resume: tokens[0]).welcome.participant == "anna-4")
        }
        try await TestRelay.run(key: [1]) { stranger in
            let stranded = try enter(stranger.port, resume: tokens[2])
            #expect(stranded.welcome.participant == "anna")
        }
    }

    @Test func aMeetingThatGoesOnKeepsItsPeopleAndNumbers() async throws {
        let first = try await TestRelay(key: Self.key)
        let anna = try enter(first.port, resume: "")
        let token = try #require(anna.welcome.resumption?.token)
        await first.server.shutdown(.restart)
        // What the archive knows is another meeting than that of the secret.
        var tap = RecordingTap()
        tap.past = RoomPast(meeting: 1, participants: ["anna", "anna-2"], lastTrack: 41)
        try await TestRelay.run(taps: tap, key: Self.key) { second in
            let newcomer = try enter(second.port, resume: "")
            #expect(newcomer.welcome.participant == "anna-3")
            #expect(try enter(second.port, resume: token).welcome.participant == "anna-4")
            let track = try newcomer.socket.publish(.publish(ref: 1, track: WireTrack(videoDescription)))
            #expect(track == TrackID(rawValue: 42))
        }
    }

    @Test func aSecretIsOfNoUseInTheNextMeeting() async throws {
        let tap = RecordingTap()
        try await TestRelay.run(taps: tap) { relay in
            let token: String
            do {
                let (socket, welcome) = try enter(relay.port, resume: "")
                token = try #require(welcome.resumption?.token)
                socket.send(.bye(reason: nil))
            }
            await tap.calls.wait { $0.contains("closed") }
            let other = try enter(relay.port, resume: nil)
            #expect(other.welcome.participant == "anna")
            #expect(try enter(relay.port, resume: token).welcome.participant == "anna-2")
        }
    }

    @Test func aSecretIsOfNoUseToWhoHasSaidBye() async throws {
        let tap = RecordingTap()
        try await TestRelay.run(taps: tap) { relay in
            let (socket, welcome) = try enter(relay.port, resume: "")
            // Keeps the meeting going, up to the end of the test.
            let other = try enter(relay.port, resume: nil)
            #expect(other.welcome.participant == "anna-2")
            socket.send(.bye(reason: nil))
            await tap.calls.wait { $0.contains("left anna bye") }
            let token = try #require(welcome.resumption?.token)
            #expect(try enter(relay.port, resume: token).welcome.participant == "anna-3")
            withExtendedLifetime((socket, other.socket)) {}
        }
    }

    @Test func aClientComesBackByItself() async throws {
        let first = try await TestRelay(key: Self.key)
        let second = try await TestRelay(key: Self.key)
        let proxy = try CuttableProxy(target: first.port)
        defer { proxy.stop() }
        var settings = ClientConfiguration()
        settings.reconnectTimeoutInSeconds = 30
        let connection = try await Connection.connect(
            to: try ConveneURL("convene://127.0.0.1:\(proxy.port)/\(TestRelay.name)"), name: "Anna",
            eventLoopGroup: TestRelay.group, logger: TestRelay.logger, configuration: settings)
        let keyframes = Log<TrackID>()
        let publisher = PublishSession(connection: connection) { keyframes.append($0) }
        let track = try await publisher.publish(videoDescription, origin: MediaClock.system.now())
        let witness = Recorder()
        _ = SubscribeSession(connection: connection, handler: witness, receivesMedia: false)
        await witness.settle(connection)
        let viewer = try await second.viewer("Viewer").recorder
        proxy.lead(to: second.port)
        await first.server.shutdown(.restart)
        await viewer.wait(forTracks: 1)
        await witness.events.wait { $0.contains { if case .restored = $0 { true } else { false } } }
        #expect(
            witness.events.elements.contains {
                if case .interrupted(.server("restarting")) = $0 { true } else { false }
            })
        // The viewer learns of the track before its publisher does, whose encoder is asked for a keyframe then.
        await keyframes.wait { $0.contains(track) }
        let isSent = publisher.send(packet(50, key: true), on: track)
        try #require(isSent)
        await viewer.wait(forPacketAt: 50)
        #expect(connection.participant == "anna")
        await connection.finish()
        await second.server.shutdown()
    }

    @Test func aServerThatIsShutDownWhileItStartsDoesNotListen() async throws {
        for _ in 0..<20 {
            let server = RelayServer(
                configuration: {
                    var configuration = RelayConfiguration()
                    (configuration.host, configuration.port) = ("127.0.0.1", 0)
                    return configuration
                }(), eventLoopGroup: TestRelay.group, logger: TestRelay.logger, authenticate: { _ in nil })
            async let ended: Void = server.shutdown()
            let port = try? await server.start().port
            await ended
            if let port { #expect(throws: RawSocket.Failure.self) { try RawSocket(port: port) } }
        }
    }

    /// Hellos that ask for a place to be kept, and connections that end at once.
    @Test func placesThatAreKeptLeaveRoomForNewcomers() async throws {
        let tap = RecordingTap()
        try await TestRelay.run(
            taps: tap,
            {
                $0.maximumConnections = 16
                $0.maximumRooms = 4
            }
        ) { relay in
            var tokens: [String] = []
            for index in 0..<100 {
                let (_, welcome) = try enter(relay.port, room: "room-\(index)", resume: "")
                tokens.append(try #require(welcome.resumption?.token))
                await tap.calls.wait { calls in calls.count { $0 == "away anna" } == index + 1 }
            }
            // All but the last are given up, oldest first.
            await tap.calls.wait { calls in calls.count { $0 == "closed" } == 84 }
            // As many new rooms as there may be, beside those that are kept.
            let newcomers = try (0..<4).map { try enter(relay.port, room: "new-\($0)", resume: "") }
            #expect(newcomers.allSatisfy { $0.welcome.participant == "anna" })
            let back = try enter(relay.port, room: "room-99", resume: tokens[99])
            #expect(back.welcome.resumption?.tracks == [])
        }
    }

    /// The recordings of those who are there need their files; one is the room's journal.
    @Test func aSourceThatCouldNotBeRecordedIsDeclined() async throws {
        try await TestRelay.run(taps: RecordingTap(), { $0.maximumRecordingFiles = 3 }) { relay in
            func source(_ name: String, _ description: TrackDescription = videoDescription) -> WireTrack {
                var description = description
                description.source = name
                return WireTrack(description)
            }
            let anna = try enter(relay.port, resume: nil).socket
            let camera = try anna.publish(.publish(ref: 1, track: source("camera")))
            _ = try anna.publish(.publish(ref: 2, track: source("screen")))
            _ = try anna.publish(.publish(ref: 3, track: source("camera", opusDescription)))
            let bob = try enter(relay.port, resume: nil).socket
            bob.send(.publish(ref: 4, track: source("camera")))
            let answer = try bob.message { $0.type == "error" }
            guard case .error(let code, _, let isFatal, let ref)? = answer else {
                throw RawSocket.Failure.closed
            }
            #expect(code == "too_many_sources" && !isFatal && ref == 4)
            // One track of a source may go; the file is there until the last has gone.
            anna.send(.unpublish(track: camera))
            bob.send(.publish(ref: 5, track: source("camera")))
            #expect(try bob.message { $0.type == "error" } != nil)
            anna.send(.bye(reason: nil))
            _ = try bob.message { $0.type == "left" }
            _ = try bob.publish(.publish(ref: 6, track: source("camera")))
        }
    }

    @Test func identifiersAreUniqueBeyondThoseThatAreRemembered() {
        var names = ParticipantIDs(maximum: 100)
        names.reserve("x-1000001")
        var given: Set<String> = ["x-1000001"]
        for index in 0..<500 {
            let identifier = names.identifier(for: index % 3 == 0 ? "x" : "Name \(index % 200)")
            #expect(given.insert(identifier).inserted, "\(identifier)")
            #expect(NameRules.problem(ofParticipant: identifier) == nil)
        }
        #expect(names.count <= 100)
    }
}
