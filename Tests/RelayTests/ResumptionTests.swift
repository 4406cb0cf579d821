import Client
import Media
import MediaTesting
import NIOCore
import Relay
import Testing
import Wire

@Suite(.timeLimit(.minutes(1))) struct ResumptionTests {
    /// Somebody who says what they want byte by byte, and publishes pictures.
    private struct Publisher {
        let socket: RawSocket
        let welcome: Welcome
        var track = TrackID(rawValue: 0)

        init(port: Int, resume: String?, publishes: Bool = true) throws {
            socket = try RawSocket(port: port)
            socket.send(.hello(protocolVersion: 1, room: TestRelay.name, name: "Anna", resume: resume))
            let answer = try socket.message { if case .welcome = $0 { true } else { false } }
            guard case .welcome(let welcome)? = answer else { throw RawSocket.Failure.closed }
            self.welcome = welcome
            guard publishes else { return }
            socket.send(.publish(ref: 1, track: WireTrack(videoDescription)))
            guard
                case .published(_, let track)? = try socket.message(where: {
                    if case .published = $0 { true } else { false }
                })
            else { throw RawSocket.Failure.closed }
            self.track = track
        }

        func send(_ packet: Packet, _ sequence: UInt32, on track: TrackID) throws {
            let header = MediaHeader(track: track, sequence: sequence, packet: packet)
            let bytes = try FrameEncoder.media(header, payload: [UInt8](repeating: 1, count: 100))
            socket.send(Array(bytes.readableBytesView))
        }
    }

    private func names(_ events: [RoomEvent]) -> [String] {
        events.compactMap {
            switch $0 {
            case .joined(let participant): "joined \(participant.id)"
            case .trackAdded(let track): "track \(track.id)"
            case .trackRemoved(let track): "untrack \(track.id)"
            case .away(let participant): "away \(participant.id)"
            case .back(let participant): "back \(participant.id)"
            case .left(let participant, let reason): "left \(participant.id) \(reason)"
            default: nil
            }
        }
    }

    private func waitForAway(_ viewer: Recorder) async {
        await viewer.events.wait { $0.contains { if case .away = $0 { true } else { false } } }
    }

    @Test func whoComesBackGoesOnWithTheSameTracks() async throws {
        let tap = RecordingTap()
        try await TestRelay.run(taps: tap) { relay in
            let viewer = try await relay.viewer("Viewer").recorder
            var first: Publisher? = try Publisher(port: relay.port, resume: "")
            let track = try #require(first?.track)
            let token = try #require(first?.welcome.resumption?.token)
            #expect(first?.welcome.resumption?.tracks == nil)
            try first?.send(packet(10, key: true), 0, on: track)
            await viewer.wait(forPacketAt: 10)
            first = nil
            await waitForAway(viewer)
            let second = try Publisher(port: relay.port, resume: token, publishes: false)
            #expect(second.welcome.participant == "anna")
            #expect(second.welcome.resumption?.tracks == [track])
            // Pictures that refer to lost ones are left out; the next keyframe is taken.
            try second.send(packet(20), 1, on: track)
            try second.send(packet(30, key: true), 2, on: track)
            await viewer.wait(forPacketAt: 30)
            #expect(viewer.times(of: track) == [10, 30])
            second.socket.send(.bye(reason: nil))
            await viewer.events.wait { $0.contains { if case .left = $0 { true } else { false } } }
            #expect(
                names(viewer.events.elements) == [
                    "joined anna", "track \(track)", "away anna", "back anna", "untrack \(track)",
                    "left anna bye",
                ])
        }
        let calls = tap.calls.elements.filter { $0.contains("anna") }
        #expect(
            calls == ["joined anna", "trackAdded 1 anna", "away anna", "returned anna", "left anna bye"])
    }

    @Test func aTimeStampFromBeforeTheBreakIsRefused() async throws {
        try await TestRelay.run { relay in
            let viewer = try await relay.viewer("Viewer").recorder
            var first: Publisher? = try Publisher(port: relay.port, resume: "")
            let track = try #require(first?.track)
            let token = try #require(first?.welcome.resumption?.token)
            try first?.send(packet(10, key: true), 0, on: track)
            await viewer.wait(forPacketAt: 10)
            first = nil
            await waitForAway(viewer)
            let second = try Publisher(port: relay.port, resume: token, publishes: false)
            try second.send(packet(10, key: true), 1, on: track)
            #expect(try second.socket.fatalError() == "bad_media")
        }
    }

    @Test func aNewConnectionTakesThePlaceOfOneThatIsStillThere() async throws {
        try await TestRelay.run { relay in
            let viewer = try await relay.viewer("Viewer").recorder
            let first = try Publisher(port: relay.port, resume: "")
            try first.send(packet(10, key: true), 0, on: first.track)
            await viewer.wait(forPacketAt: 10)
            let token = try #require(first.welcome.resumption?.token)
            let second = try Publisher(port: relay.port, resume: token, publishes: false)
            #expect(second.welcome.participant == "anna")
            #expect(second.welcome.resumption?.tracks == [first.track])
            let bye = try first.socket.message { if case .bye = $0 { true } else { false } }
            #expect(bye == .bye(reason: "replaced"))
            try second.send(packet(20, key: true), 1, on: first.track)
            await viewer.wait(forPacketAt: 20)
        }
    }

    @Test func whoDoesNotComeBackInTimeHasLeftAndStaysTheSamePerson() async throws {
        let tap = RecordingTap()
        try await TestRelay.run(taps: tap, { $0.resumeInSeconds = 1 }) { relay in
            let viewer = try await relay.viewer("Viewer").recorder
            var first: Publisher? = try Publisher(port: relay.port, resume: "")
            let token = try #require(first?.welcome.resumption?.token)
            first = nil
            await viewer.events.wait { $0.contains { if case .left = $0 { true } else { false } } }
            #expect(
                names(viewer.events.elements) == [
                    "joined anna", "track 1", "away anna", "untrack 1", "left anna disconnected",
                ])
            let second = try Publisher(port: relay.port, resume: token)
            #expect(second.welcome.participant == "anna" && second.welcome.resumption?.tracks == nil)
            #expect(second.track == TrackID(rawValue: 2))
        }
    }

    @Test func aRoomWaitsForItsOnlyParticipantAndEndsWithTheServer() async throws {
        let tap = RecordingTap()
        let relay = try await TestRelay(taps: tap)
        var first: Publisher? = try Publisher(port: relay.port, resume: "")
        #expect(first != nil)
        first = nil
        await tap.calls.wait { $0.contains("away anna") }
        #expect(!tap.calls.elements.contains("closed"))
        await relay.server.shutdown()
        await tap.calls.wait { $0.last == "closed" }
        #expect(tap.calls.elements.suffix(3) == ["trackRemoved 1", "left anna server_shutdown", "closed"])
    }

    @Test(arguments: ["0123456789abcdef0123456789abcdef", ""])
    func aTokenThatNobodyHasIsANewParticipant(token: String) async throws {
        try await TestRelay.run { relay in
            let first = try Publisher(port: relay.port, resume: "")
            let second = try Publisher(port: relay.port, resume: token)
            #expect(second.welcome.participant == "anna-2" && first.track != second.track)
            #expect(second.welcome.resumption?.token != first.welcome.resumption?.token)
        }
    }

    @Test func aFullRoomGivesThePlaceOfWhoIsAwayToANewcomer() async throws {
        try await TestRelay.run({ $0.maximumParticipantsPerRoom = 2 }) { relay in
            let viewer = try await relay.viewer("Viewer").recorder
            var first: Publisher? = try Publisher(port: relay.port, resume: "")
            #expect(first != nil)
            first = nil
            await waitForAway(viewer)
            let newcomer = try await relay.connect("Bob")
            #expect(newcomer.participant == "bob")
            await viewer.events.wait { $0.contains { if case .left = $0 { true } else { false } } }
        }
    }

    @Test func lateJoinerLearnsWhoIsAway() async throws {
        try await TestRelay.run { relay in
            let early = try await relay.viewer("Early").recorder
            var first: Publisher? = try Publisher(port: relay.port, resume: "")
            #expect(first != nil)
            first = nil
            await waitForAway(early)
            let late = try await relay.viewer("Late").recorder
            await waitForAway(late)
            #expect(names(late.events.elements) == ["joined early", "joined anna", "track 1", "away anna"])
        }
    }

    /// The client's side, through a network that breaks.
    @Test func publisherAndViewerGoOnAfterABreak() async throws {
        try await TestRelay.run { relay in
            let proxy = try CuttableProxy(target: relay.port)
            defer { proxy.stop() }
            var settings = ClientConfiguration()
            settings.reconnectTimeoutInSeconds = 30
            let url = try ConveneURL("convene://127.0.0.1:\(proxy.port)/\(TestRelay.name)")
            func connect(_ name: String) async throws -> Connection {
                try await Connection.connect(
                    to: url, name: name, eventLoopGroup: TestRelay.group, logger: TestRelay.logger,
                    configuration: settings)
            }
            @Sendable func mutes(_ events: [RoomEvent]) -> [Bool] {
                events.compactMap { if case .muted(_, _, let isMuted) = $0 { isMuted } else { nil } }
            }
            let keyframes = Log<TrackID>()
            let publishing = try await connect("Anna")
            let publisher = PublishSession(connection: publishing) { keyframes.append($0) }
            let track = try await publisher.publish(videoDescription, origin: MediaClock.system.now())
            let viewing = try await connect("Viewer")
            let viewer = Recorder()
            _ = SubscribeSession(connection: viewing, handler: viewer)
            await viewer.settle(viewing)
            publisher.send(packet(10, key: true), on: track)
            await viewer.wait(forPacketAt: 10)
            publisher.setMuted(true, track)
            await viewer.events.wait {
                $0.contains { if case .muted(_, _, true) = $0 { true } else { false } }
            }
            let asked = keyframes.elements.count
            proxy.cut()
            await viewer.events.wait { $0.contains { if case .interrupted = $0 { true } else { false } } }
            publisher.setMuted(false, track)
            publisher.send(packet(20, key: true), on: track)
            proxy.mend()
            await viewer.events.wait { $0.contains { if case .restored = $0 { true } else { false } } }
            await keyframes.wait { $0.count > asked }
            publisher.send(packet(30), on: track)
            publisher.send(packet(40, key: true), on: track)
            await viewer.wait(forPacketAt: 40)
            #expect(viewer.times(of: track).filter { $0 > 10 } == [40])
            #expect(!names(viewer.events.elements).contains("untrack \(track)"))
            // It goes by way of the room, so a picture may overtake it.
            await viewer.events.wait { mutes($0).count > 1 }
            // What was said while nobody could hear it holds for those who come later too.
            let late = try await relay.viewer("Late").recorder
            #expect(!late.events.elements.contains { if case .muted = $0 { true } else { false } })
            // Said once, although the publisher says it again to be sure.
            #expect(mutes(viewer.events.elements) == [true, false])
            await publishing.finish()
            await viewing.finish()
            #expect(await viewing.waitUntilClosed() == .finished)
        }
    }

    @Test func aServerThatWasStartedAnewGetsTheTracksAgain() async throws {
        let first = try await TestRelay()
        let proxy = try CuttableProxy(target: first.port)
        defer { proxy.stop() }
        var settings = ClientConfiguration()
        settings.reconnectTimeoutInSeconds = 30
        let connection = try await Connection.connect(
            to: try ConveneURL("convene://127.0.0.1:\(proxy.port)/\(TestRelay.name)"), name: "Anna",
            eventLoopGroup: TestRelay.group, logger: TestRelay.logger, configuration: settings)
        let keyframes = Log<TrackID>()
        let publisher = PublishSession(connection: connection) { keyframes.append($0) }
        // A second track, so that the new server's numbers differ from the old one's.
        _ = try await publisher.publish(opusDescription, origin: MediaClock.system.now())
        let track = try await publisher.publish(videoDescription, origin: MediaClock.system.now())
        let witness = Recorder()
        _ = SubscribeSession(connection: connection, handler: witness, receivesMedia: false)
        publisher.unpublish(TrackID(rawValue: 1))
        proxy.cut()
        await witness.events.wait { $0.contains { if case .interrupted = $0 { true } else { false } } }
        await first.server.shutdown()
        // Behind the same address is another server, that knows nothing.
        let second = try await TestRelay()
        proxy.lead(to: second.port)
        let viewer = try await second.viewer("Viewer").recorder
        proxy.mend()
        await viewer.wait(forTracks: 1)
        // Its encoder is asked for a keyframe as soon as the new server has taken the track.
        await keyframes.wait { $0.contains(track) }
        publisher.send(packet(50, key: true), on: track)
        await viewer.wait(forPacketAt: 50)
        #expect(viewer.packets.elements.map(\.track) == [TrackID(rawValue: 1)])
        await connection.finish()
        await second.server.shutdown()
    }

    @Test func aServerThatDoesNotComeBackEndsTheConnection() async throws {
        let relay = try await TestRelay()
        let proxy = try CuttableProxy(target: relay.port)
        defer { proxy.stop() }
        var settings = ClientConfiguration()
        settings.reconnectTimeoutInSeconds = 0.3
        let connection = try await Connection.connect(
            to: try ConveneURL("convene://127.0.0.1:\(proxy.port)/\(TestRelay.name)"), name: "Anna",
            eventLoopGroup: TestRelay.group, logger: TestRelay.logger, configuration: settings)
        proxy.cut()
        guard case .lost = await connection.waitUntilClosed() else {
            Issue.record("The connection did not end as one that was lost.")
            return
        }
        await relay.server.shutdown()
    }
}
