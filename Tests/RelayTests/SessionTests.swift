import Client
import Media
import NIOCore
import Relay
import Testing
import Wire

@Suite(.timeLimit(.minutes(1))) struct SessionTests {
    @Test func tapSeesEverythingInCausalOrder() async throws {
        let tap = RecordingTap()
        let relay = try await TestRelay(taps: tap)
        let publisher = PublishSession(connection: try await relay.connect("Anna")) { _ in }
        let video = try await publisher.publish(videoDescription, origin: MediaClock.system.now())
        for index in 0..<100 as Range<Int64> { publisher.send(packet(index, key: index == 0), on: video) }
        await publisher.finish()
        await tap.calls.wait { $0.last == "closed" }
        let calls = tap.calls.elements.filter { $0 != "clock 1" }
        let packets = (0..<100).map { "packet 1 \($0)" }
        #expect(
            calls == ["make room", "joined anna", "trackAdded 1 anna"] + packets
                + ["trackRemoved 1", "left anna bye", "closed"])
        #expect(tap.calls.elements.contains("clock 1"))
        await relay.server.shutdown()
    }

    @Test func aRoomVanishesAndBeginsAnew() async throws {
        let tap = RecordingTap()
        try await TestRelay.run(taps: tap) { relay in
            for round in 1...3 {
                let connection = try await relay.connect("Anna")
                #expect(connection.participant == "anna")
                #expect(connection.welcome.recording == .recording)
                await connection.finish()
                await tap.calls.wait { $0.count { $0 == "closed" } == round }
            }
        }
        #expect(tap.calls.elements.count { $0 == "make room" } == 3)
    }

    @Test func identifiersAreUniqueWithinAMeeting() async throws {
        try await TestRelay.run { relay in
            let stays = try await relay.connect("Stays")
            var identifiers: [String] = []
            for _ in 0..<3 {
                let connection = try await relay.connect("Anna")
                identifiers.append(connection.participant)
                await connection.finish()
            }
            #expect(identifiers == ["anna", "anna-2", "anna-3"])
            #expect(!stays.isClosed)
        }
    }

    @Test func lostPublisherIsUntrackedThenGone() async throws {
        try await TestRelay.run { relay in
            let viewer = try await relay.viewer("Viewer").recorder
            do {
                let socket = try RawSocket(port: relay.port)
                try socket.join("Anna")
                socket.send(.publish(ref: 1, track: WireTrack(opusDescription)))
                _ = try socket.message { if case .published = $0 { true } else { false } }
            }
            await viewer.events.wait { $0.contains { if case .left = $0 { true } else { false } } }
            let names: [String] = viewer.events.elements.compactMap {
                switch $0 {
                case .joined(let participant): "joined \(participant.id)"
                case .trackAdded(let track): "track of \(track.participant.name)"
                case .trackRemoved: "untrack"
                case .left(let participant, let reason): "left \(participant.id) \(reason)"
                default: nil
                }
            }
            #expect(names == ["joined anna", "track of Anna", "untrack", "left anna disconnected"])
        }
    }

    @Test func lateJoinerIsToldOfPeopleTracksClocksMutesAndRecording() async throws {
        let tap = RecordingTap()
        try await TestRelay.run(taps: tap) { relay in
            let clock = MediaClock.system
            let connecting = clock.now()
            let connection = try await relay.connect("Anna")
            let publisher = PublishSession(connection: connection) { _ in }
            // Long ago, so that no instant of this test can be taken for it.
            let origin = connecting + -10_000_000_000
            let audio = try await publisher.publish(opusDescription, origin: origin)
            let published = clock.now()
            publisher.setMuted(true, audio)
            tap.controls.elements.first?.setRecording(.stopped, reason: "disk full")
            let witness = Recorder()
            _ = SubscribeSession(connection: connection, handler: witness)
            await witness.settle(connection)
            let joining = clock.now()
            let viewer = try await relay.viewer("Viewer").recorder
            let joined = clock.now()
            let added = viewer.events.elements.compactMap { event -> RemoteTrack? in
                if case .trackAdded(let track) = event { track } else { nil }
            }
            #expect(added.map(\.id) == [audio])
            #expect(added.first?.participant == Participant(id: "anna", name: "Anna"))
            #expect(added.first?.description == opusDescription)
            let local = try #require(added.first?.clock.localTime(ofPTS: 48_000))
            // Each estimate is wrong by half a round trip at most, which took no longer than getting there. 10 µs: rounding.
            let bound = ((published - connecting) + (joined - joining)) / 2 + 10_000
            #expect(abs(local - origin - 1_000_000_000) <= bound)
            #expect(
                viewer.events.elements.contains {
                    if case .muted(audio, "anna", true) = $0 { true } else { false }
                })
            #expect(
                viewer.events.elements.contains {
                    if case .recording(.stopped, "disk full") = $0 { true } else { false }
                })
        }
    }

    @Test func chatReachesEverybodyWithItsSpeaker() async throws {
        try await TestRelay.run { relay in
            let viewer = try await relay.viewer("Viewer").recorder
            let connection = try await relay.connect("Anna")
            connection.chat("hello \"there\" \u{1F600}")
            await viewer.events.wait {
                $0.contains {
                    guard case .chat(let message) = $0 else { return false }
                    return message.from == "anna" && message.name == "Anna"
                        && message.text == "hello \"there\" \u{1F600}" && message.time > 1_700_000_000_000_000
                }
            }
        }
    }

    @Test func shutdownSaysByeAndClosesTapsLast() async throws {
        let tap = RecordingTap()
        let relay = try await TestRelay(taps: tap)
        let viewer = try await relay.viewer("Viewer").recorder
        let connection = try await relay.connect("Anna")
        let publisher = PublishSession(connection: connection) { _ in }
        let audio = try await publisher.publish(opusDescription, origin: MediaClock.system.now())
        publisher.send(packet(1, key: true), on: audio)
        await viewer.wait(forPacketAt: 1)
        await relay.server.shutdown()
        #expect(tap.calls.elements.last == "closed")
        #expect(await connection.waitUntilClosed() == .server(reason: "server_shutdown"))
        #expect(!publisher.send(packet(2, key: true), on: audio))
        let error = await #expect(throws: ClientError.self) { try await relay.connect("Late") }
        guard case .unreachable? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test func startErrorsAreClear() async throws {
        try await TestRelay.run { relay in
            var configuration = RelayConfiguration()
            configuration.host = "127.0.0.1"
            configuration.port = relay.port
            let second = RelayServer(
                configuration: configuration, eventLoopGroup: TestRelay.group, logger: TestRelay.logger,
                authenticate: { _ in nil })
            await #expect(throws: RelayError.addressInUse(host: "127.0.0.1", port: relay.port)) {
                try await second.start()
            }
            configuration.host = "203.0.113.1"
            configuration.port = 0
            let third = RelayServer(
                configuration: configuration, eventLoopGroup: TestRelay.group, logger: TestRelay.logger,
                authenticate: { _ in nil })
            let error = await #expect(throws: RelayError.self) { try await third.start() }
            guard case .badAddress? = error else {
                Issue.record("\(String(describing: error))")
                return
            }
        }
    }

    @Test func aServerThatSaysNothingTimesOut() async throws {
        let listener = try await ServerSilence.start()
        var configuration = ClientConfiguration()
        configuration.connectTimeoutInSeconds = 0.2
        let url = try ConveneURL("convene://localhost:\(listener.port)/room")
        let error = await #expect(throws: ClientError.self) {
            try await Connection.connect(
                to: url, name: "x", eventLoopGroup: TestRelay.group, logger: TestRelay.logger,
                configuration: configuration)
        }
        guard case .timedOut? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        try await listener.channel.close()
    }
}
