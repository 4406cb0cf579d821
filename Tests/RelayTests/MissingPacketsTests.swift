import Client
import Media
import NIOCore
import Synchronization
import Testing
import Wire

/// The packets of a track that did not arrive, for as long as somebody may ask.
@Suite(.timeLimit(.minutes(1))) struct MissingPacketsTests {
    /// Asks for the count at the end of each track.
    private final class Counter: SubscribeHandler {
        let recorder = Recorder()
        let counts = Log<Int>()
        private let session = Mutex<SubscribeSession?>(nil)

        func ask(_ session: SubscribeSession) { self.session.withLock { $0 = session } }

        func received(_ packet: Packet, on track: TrackID) { recorder.received(packet, on: track) }

        func handle(_ event: RoomEvent) {
            if case .trackRemoved(let track) = event, let session = session.withLock({ $0 }) {
                counts.append(session.missingPackets(on: track.id))
            }
            recorder.handle(event)
        }
    }

    @Test func theCountOfATrackIsForgottenOnceItsEndWasTold() async throws {
        try await TestRelay.run { relay in
            let connection = try await relay.connect("Viewer")
            let counter = Counter()
            let session = SubscribeSession(connection: connection, handler: counter)
            counter.ask(session)
            await counter.recorder.settle(connection)
            let publisher = try RawSocket(port: relay.port)
            try publisher.join("Anna")
            let track = try publisher.publish(.publish(ref: 1, track: WireTrack(opusDescription)))
            for sequence in [0, 10] as [UInt32] {
                let header = MediaHeader(
                    track: track, sequence: sequence, dts: Int64(sequence), ptsOffset: 0, duration: 1,
                    flags: .keyframe)
                let frame = try FrameEncoder.media(header, payload: [1] as [UInt8])
                publisher.send(Array(frame.readableBytesView))
            }
            await counter.recorder.wait(forPacketAt: 10)
            #expect(session.missingPackets(on: track) == 9)
            publisher.send(.unpublish(track: track))
            await counter.counts.wait { $0 == [9] }
            await counter.recorder.settle(connection)
            #expect(session.missingPackets(on: track) == 0)
            await connection.finish()
        }
    }
}
