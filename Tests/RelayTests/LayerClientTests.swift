import Client
import Media
import MediaTesting
import NIOCore
import Relay
import Testing
import Wire

/// What a client makes of a track in two sizes: when connections break, and when tracks end.
@Suite(.timeLimit(.minutes(1))) struct LayerClientTests {
    private static let bytes = (small: 100, large: 1000)

    /// A track and its layer.
    private struct Pair {
        let session: PublishSession
        let connection: Connection
        let top: TrackID
        let layer: TrackID
        let requests: Log<TrackID>

        init(_ connection: Connection) async throws {
            let requests = Log<TrackID>()
            session = PublishSession(connection: connection) { requests.append($0) }
            top = try await session.publish(videoDescription, origin: MediaClock.system.now())
            layer = try await session.publish(layer: smallDescription, of: top)
            self.connection = connection
            self.requests = requests
        }

        /// Sends pictures in both sizes, the small one first, each tenth a keyframe.
        func send(_ range: Range<Int64>) {
            for dts in range {
                let isKeyframe = dts % 10 == 0
                session.send(packet(dts, key: isKeyframe, size: bytes.small), on: layer)
                session.send(packet(dts, key: isKeyframe, size: bytes.large), on: top)
            }
        }
    }

    private func connect(_ name: String, port: Int) async throws -> Connection {
        var settings = ClientConfiguration()
        settings.reconnectTimeoutInSeconds = 30
        return try await Connection.connect(
            to: try ConveneURL("convene://127.0.0.1:\(port)/\(TestRelay.name)"), name: name,
            eventLoopGroup: TestRelay.group, logger: TestRelay.logger, configuration: settings)
    }

    private func times(_ recorder: Recorder, size: Int) -> [Int64] {
        recorder.packets.elements.filter { $0.packet.payload.count == size }.map(\.packet.dts)
    }

    private func waitForBreak(_ recorder: Recorder) async {
        await recorder.events.wait { $0.contains { if case .interrupted = $0 { true } else { false } } }
    }

    private func waitForReturn(_ recorder: Recorder) async {
        await recorder.events.wait { $0.contains { if case .restored = $0 { true } else { false } } }
    }

    @Test func subscriberThatComesBackGetsTheSizesThatItAskedFor() async throws {
        try await TestRelay.run { relay in
            let pair = try await Pair(try await relay.connect("Anna"))
            let other = try await Pair(try await relay.connect("Bob"))
            let proxy = try CuttableProxy(target: relay.port)
            defer { proxy.stop() }
            let viewing = try await connect("Viewer", port: proxy.port)
            let viewer = Recorder()
            let session = SubscribeSession(connection: viewing, handler: viewer, maximumHeight: 200)
            session.subscribe([other.top], maximumHeight: 1000)
            await viewer.settle(viewing)
            pair.send(0..<12)
            await viewer.packets.wait { $0.contains { $0.packet.dts == 11 } }
            proxy.cut()
            await waitForBreak(viewer)
            proxy.mend()
            await waitForReturn(viewer)
            await viewer.settle(viewing)
            let seen = viewer.packets.elements.count
            pair.send(20..<30)
            other.send(20..<30)
            for track in [pair.top, other.top] {
                await viewer.packets.wait { $0.contains { $0.track == track && $0.packet.dts == 29 } }
            }
            let packets = viewer.packets.elements.dropFirst(seen)
            #expect(packets.allSatisfy { $0.track == pair.top || $0.track == other.top })
            for (track, size) in [(pair.top, Self.bytes.small), (other.top, Self.bytes.large)] {
                let own = packets.filter { $0.track == track && $0.packet.dts >= 20 }
                let fitting = own.filter { $0.packet.payload.count == size }.map(\.packet.dts)
                #expect(fitting == Array(20..<30))
                // Where the general height is asked for before the track's own, the first picture may come in both.
                #expect(own.count - fitting.count <= 1)
            }
            await viewing.finish()
        }
    }

    @Test func changeOfSizeAcrossABreakIsNoLoss() async throws {
        try await TestRelay.run { relay in
            let pair = try await Pair(try await relay.connect("Anna"))
            let proxy = try CuttableProxy(target: relay.port)
            defer { proxy.stop() }
            let viewing = try await connect("Viewer", port: proxy.port)
            let viewer = Recorder()
            let session = SubscribeSession(connection: viewing, handler: viewer, maximumHeight: 1000)
            await viewer.settle(viewing)
            pair.send(0..<10)
            await viewer.wait(forPacketAt: 9)
            session.subscribe([pair.top], maximumHeight: 200)
            await viewer.settle(viewing)
            pair.send(10..<40)
            await viewer.wait(forPacketAt: 39)
            proxy.cut()
            await waitForBreak(viewer)
            // In full size the last picture was the one at 9.
            session.subscribe([pair.top], maximumHeight: 1000)
            proxy.mend()
            await waitForReturn(viewer)
            await viewer.settle(viewing)
            pair.send(40..<50)
            await viewer.wait(forPacketAt: 49)
            #expect(times(viewer, size: Self.bytes.large).suffix(10) == Array(40..<50))
            #expect(session.missingPackets(on: pair.top) == 0)
            await viewing.finish()
        }
    }

    @Test func trackThatWasNotWantedForSomeTimeHasLostNothing() async throws {
        try await TestRelay.run { relay in
            let pair = try await Pair(try await relay.connect("Anna"))
            let viewing = try await relay.connect("Viewer")
            let viewer = Recorder()
            let session = SubscribeSession(connection: viewing, handler: viewer, maximumHeight: 200)
            let witness = try await relay.viewer("Witness").recorder
            await viewer.settle(viewing)
            pair.send(0..<10)
            await viewer.wait(forPacketAt: 9)
            session.unsubscribe([pair.top])
            await viewer.settle(viewing)
            pair.send(10..<30)
            await witness.wait(forPacketAt: 29)
            session.subscribe([pair.top], maximumHeight: 200)
            await viewer.settle(viewing)
            pair.send(30..<40)
            await viewer.wait(forPacketAt: 39)
            #expect(times(viewer, size: Self.bytes.small).suffix(10) == Array(30..<40))
            #expect(session.missingPackets(on: pair.top) == 0)
        }
    }

    @Test func publisherThatComesBackGoesOnWithBothSizes() async throws {
        try await TestRelay.run { relay in
            let proxy = try CuttableProxy(target: relay.port)
            defer { proxy.stop() }
            let pair = try await Pair(try await connect("Anna", port: proxy.port))
            let witness = Recorder()
            _ = SubscribeSession(connection: pair.connection, handler: witness, receivesMedia: false)
            let viewing = try await relay.connect("Viewer")
            let viewer = Recorder()
            _ = SubscribeSession(connection: viewing, handler: viewer, maximumHeight: 200)
            let plain = try await relay.viewer("Plain").recorder
            await viewer.settle(viewing)
            pair.send(0..<10)
            await viewer.wait(forPacketAt: 9)
            proxy.cut()
            await waitForBreak(witness)
            let asked = pair.requests.elements.count
            proxy.mend()
            await waitForReturn(witness)
            await pair.requests.wait { Set($0.dropFirst(asked)).count == 2 }
            pair.send(20..<30)
            await viewer.wait(forPacketAt: 29)
            await plain.wait(forPacketAt: 29)
            #expect(times(viewer, size: Self.bytes.small).suffix(10) == Array(20..<30))
            #expect(times(plain, size: Self.bytes.large).suffix(10) == Array(20..<30))
            #expect(times(viewer, size: Self.bytes.large).isEmpty)
            await pair.connection.finish()
        }
    }

    @Test func serverThatWasStartedAnewGetsBothSizesAgain() async throws {
        let first = try await TestRelay()
        let proxy = try CuttableProxy(target: first.port)
        defer { proxy.stop() }
        let connection = try await connect("Anna", port: proxy.port)
        let pair = try await Pair(connection)
        let witness = Recorder()
        _ = SubscribeSession(connection: connection, handler: witness, receivesMedia: false)
        proxy.cut()
        await waitForBreak(witness)
        await first.server.shutdown()
        let second = try await TestRelay()
        proxy.lead(to: second.port)
        let viewing = try await second.connect("Viewer")
        let viewer = Recorder()
        _ = SubscribeSession(connection: viewing, handler: viewer, maximumHeight: 200)
        await viewer.settle(viewing)
        let asked = pair.requests.elements.count
        proxy.mend()
        // Each is asked for a keyframe as soon as the new server has taken it.
        await pair.requests.wait { Set($0.dropFirst(asked)).count == 2 }
        pair.send(20..<30)
        await viewer.wait(forPacketAt: 29)
        #expect(times(viewer, size: Self.bytes.small) == Array(20..<30))
        #expect(Set(viewer.packets.elements.map(\.track)).count == 1)
        await connection.finish()
        await second.server.shutdown()
    }

    @Test func layerEndsWithItsTrackAndTheConnectionGoesOn() async throws {
        try await TestRelay.run { relay in
            let connection = try await relay.connect("Anna")
            let pair = try await Pair(connection)
            let own = Recorder()
            _ = SubscribeSession(connection: connection, handler: own, receivesMedia: false)
            pair.send(0..<10)
            pair.session.unpublish(pair.top)
            // A thread that encodes does not learn of it at once.
            let isSent = pair.session.send(packet(10, key: true), on: pair.layer)
            try #require(!isSent)
            pair.session.unpublish(pair.layer)
            await own.settle(connection)
            #expect(!own.events.elements.contains { if case .warning = $0 { true } else { false } })
            #expect(pair.session.statistics().tracks.isEmpty)
            // Both numbers are free again.
            let again = try await Pair(connection)
            #expect(again.top != pair.top && again.layer != pair.layer)
        }
    }
}
