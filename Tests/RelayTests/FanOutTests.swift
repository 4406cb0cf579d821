import Client
import Media
import NIOCore
import Relay
import Testing
import Wire

@Suite(.timeLimit(.minutes(1))) struct FanOutTests {
    @Test func everySubscriberGetsTheVeryBytesThatWerePublished() async throws {
        try await TestRelay.run { relay in
            var recorders: [Recorder] = []
            for index in 0..<5 {
                recorders.append(try await relay.viewer("Viewer \(index)").recorder)
            }
            let publisher = PublishSession(connection: try await relay.connect("Anna")) { _ in }
            let origin = MediaClock.system.now()
            let video = try await publisher.publish(videoDescription, origin: origin)
            let audio = try await publisher.publish(opusDescription, origin: origin)
            for recorder in recorders { await recorder.wait(forTracks: 2) }
            var sent: [Packet] = []
            for index in 0..<300 as Range<Int64> {
                let next = packet(index * 3000, key: index % 60 == 0, size: index % 60 == 0 ? 90_000 : 500)
                #expect(publisher.send(next, on: video))
                #expect(publisher.send(packet(index * 960, key: true, size: 160), on: audio))
                sent.append(next)
                if index % 60 == 59 {
                    for recorder in recorders { await recorder.wait(forPacketAt: index * 3000) }
                }
            }
            await publisher.finish()
            for recorder in recorders {
                await recorder.events.wait { $0.contains { if case .left = $0 { true } else { false } } }
                let received = recorder.packets.elements.filter { $0.track == video }.map(\.packet)
                #expect(received.map(\.dts) == sent.map(\.dts))
                #expect(zip(received, sent).allSatisfy { $0.bytes() == $1.bytes() && $0.flags == $1.flags })
                #expect(recorder.times(of: audio) == (0..<300).map { $0 * 960 })
            }
        }
    }

    @Test func theRelayDoesNotTouchTheFrame() async throws {
        try await TestRelay.run { relay in
            let viewer = try relay.subscriber("Viewer")
            let publisher = try RawSocket(port: relay.port)
            try publisher.join("Anna")
            let track = try publisher.publish(.publish(ref: 1, track: WireTrack(videoDescription)))
            let header = MediaHeader(
                track: track, sequence: 9, dts: 5, ptsOffset: 1, duration: 2,
                flags: [.keyframe, .init(rawValue: 0x80)])
            var bytes = Array(
                try FrameEncoder.media(header, payload: [1, 2, 3] as [UInt8]).readableBytesView)
            // Reserved bytes may be used by later versions: they are passed on.
            bytes.replaceSubrange(30..<33, with: [7, 8, 9])
            for byte in bytes { publisher.send([byte]) }
            while let frame = try viewer.receive() {
                guard case .media = frame.body else { continue }
                #expect(Array(frame.bytes.readableBytesView) == bytes)
                break
            }
        }
    }

    @Test(arguments: 1...4) func lateJoinerGetsTheGOPAndThenEverythingOnce(attempt: Int) async throws {
        try await TestRelay.run { relay in
            let publisher = PublishSession(connection: try await relay.connect("Anna")) { _ in }
            let video = try await publisher.publish(videoDescription, origin: MediaClock.system.now())
            let first = try await relay.viewer("First").recorder
            for index in 0..<80 as Range<Int64> {
                publisher.send(packet(index, key: index % 50 == 0), on: video)
            }
            await first.wait(forPacketAt: 79)
            // Joins on another event loop at each attempt, while packets go on.
            let late = Recorder()
            async let joining = relay.connect("Late")
            for index in 80..<90 as Range<Int64> { publisher.send(packet(index), on: video) }
            let session = SubscribeSession(connection: try await joining, handler: late)
            for index in 90..<100 as Range<Int64> { publisher.send(packet(index), on: video) }
            await late.wait(forPacketAt: 99)
            #expect(late.times(of: video) == Array(50..<100))
            #expect(late.packets.elements.first?.packet.isKeyframe == true)
            #expect(session.missingPackets(on: video) == 0)
        }
    }

    @Test func keyframeIsAskedForWhereNothingIsCachedAndRequestsAreCoalesced() async throws {
        try await TestRelay.run { relay in
            let requests = Log<TrackID>()
            let publisher = PublishSession(connection: try await relay.connect("Anna")) {
                requests.append($0)
            }
            let video = try await publisher.publish(videoDescription, origin: MediaClock.system.now())
            let started = MediaClock.system.now()
            let session = try await relay.viewer("Viewer").session
            await requests.wait { $0 == [video] }
            for _ in 0..<20 { session.requestKeyframe(video) }
            await requests.wait { $0.count == 2 }
            // The first was sent after `started`, the second an interval of 500 ms later.
            #expect(MediaClock.system.now() - started >= 500_000_000)
            #expect(requests.elements.count == 2)
        }
    }

    @Test func nothingIsDeliveredBeforeSubscribeNorAfterUnsubscribe() async throws {
        try await TestRelay.run { relay in
            let publisher = PublishSession(connection: try await relay.connect("Anna")) { _ in }
            let audio = try await publisher.publish(opusDescription, origin: MediaClock.system.now())
            let other = try await publisher.publish(opusDescription, origin: MediaClock.system.now())
            let recorder = Recorder()
            let connection = try await relay.connect("Viewer")
            let session = SubscribeSession(connection: connection, handler: recorder, receivesMedia: false)
            session.subscribe([other])
            await recorder.settle(connection)
            let witness = try await relay.viewer("Witness").recorder
            for index in 0..<1000 as Range<Int64> {
                publisher.send(packet(index, key: true, size: 10), on: audio)
                publisher.send(packet(index, key: true, size: 10), on: other)
                if index % 100 == 99 { await witness.wait(forPacketAt: index) }
                if index == 500 {
                    await recorder.wait(forPacketAt: 500)
                    session.unsubscribe([other])
                    await recorder.settle(connection)
                }
            }
            #expect(recorder.times(of: audio).isEmpty)
            #expect(recorder.times(of: other) == Array(0...500))
        }
    }
}
