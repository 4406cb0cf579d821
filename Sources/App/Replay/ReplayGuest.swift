import Archive
import Client
import Logging
import Media
import NIOPosix
import Wire

/// One recorded participant in a live room: a connection of its own, which publishes what was recorded, as it is.
final class ReplayGuest: Sendable {
    /// What it does next.
    enum Action: Sendable {
        /// Begin a track, whose time stamp 0 is at `origin`.
        case publish(ReplayTrack, TrackDescription, origin: MonotonicTime)
        /// Correct a track's origin.
        case move(track: Int, origin: MonotonicTime)
        /// Send a packet.
        case send(track: Int, Packet)
        /// End a track.
        case unpublish(track: Int)
        /// Write a line.
        case chat(String)
    }

    let name: String
    private let actions: AsyncStream<Action>
    private let continuation: AsyncStream<Action>.Continuation
    /// What may wait while the connection is being made; some ten seconds.
    private static let maximumActions = 4096

    init(name: String) {
        self.name = name
        (actions, continuation) = AsyncStream.makeStream(
            bufferingPolicy: .bufferingOldest(Self.maximumActions))
    }

    /// Puts something behind what it has to do. Any thread; never blocks.
    func put(_ action: Action) { continuation.yield(action) }

    /// It leaves when it has done everything. Any thread.
    func leave() { continuation.finish() }

    /// Enters the room, does everything, and leaves.
    /// - Throws: where it cannot enter, or is thrown out.
    func run(into address: ConveneURL, logger: Logger) async throws {
        let connection = try await Connection.connect(
            to: address, name: name, eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: logger)
        // Its own leaving is not the end of the others.
        let closing = Termination()
        let watch = ConnectionWatch(connection, closing)
        // A recording has its keyframes where they are.
        let session = PublishSession(connection: connection) { _ in }
        let observer = SubscribeSession(connection: connection, handler: SilentGuest(), receivesMedia: false)
        do {
            try await act(session, connection, closing)
        } catch {
            await connection.finish()
            throw watch.failure ?? error
        }
        await connection.finish()
        _ = observer
        if let failure = watch.failure { throw failure }
    }

    private func act(_ session: PublishSession, _ connection: Connection, _ closing: Termination) async throws
    {
        var tracks: [Int: (id: TrackID, media: ReplayTrack)] = [:]
        for await action in actions {
            if closing.isRequested { return }
            switch action {
            case .publish(let track, let description, let origin):
                tracks[track.id] = (try await session.publish(description, origin: origin), track)
            case .move(let track, let origin):
                if let known = tracks[track] { session.setOrigin(origin, of: known.id) }
            case .send(let track, let packet):
                guard let known = tracks[track], let form = known.media.media.transportForm(of: packet) else {
                    continue
                }
                session.send(form, on: known.id)
            case .unpublish(let track):
                if let known = tracks.removeValue(forKey: track) { session.unpublish(known.id) }
            case .chat(let text): connection.chat(text)
            }
        }
    }
}

/// What happens in the room is none of a recording's business.
private struct SilentGuest: SubscribeHandler {
    func received(_ packet: Packet, on track: TrackID) {}
    func handle(_ event: RoomEvent) {}
}
