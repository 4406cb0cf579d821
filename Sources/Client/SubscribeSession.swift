public import Wire

/// Receives everything that others publish in the room. May be used from any thread; one per connection.
public final class SubscribeSession: Sendable {
    private let connection: Connection

    /// Tells `handler` who and what is in the room, then what happens, and asks for all media.
    /// - Parameter receivesMedia: `false` for those who only want to know what happens.
    public init(connection: Connection, handler: any SubscribeHandler, receivesMedia: Bool = true) {
        self.connection = connection
        let client = connection.handler
        client.loop.execute { client.attach(handler, receivesMedia: receivesMedia) }
    }

    /// Asks the publisher of a video track for a keyframe, for instance after a decoding error.
    public func requestKeyframe(_ track: TrackID) { connection.outbound.send(.keyframe(track: track)) }

    /// Starts media of these tracks, after ``unsubscribe(_:)`` or where none was asked for.
    public func subscribe(_ tracks: [TrackID]) {
        let handler = connection.handler
        handler.loop.execute { handler.subscribe(true, tracks) }
    }

    /// Stops media of these tracks.
    public func unsubscribe(_ tracks: [TrackID]) {
        let handler = connection.handler
        handler.loop.execute { handler.subscribe(false, tracks) }
    }

    /// Packets of a track that did not arrive since the first that did, by their sequence numbers.
    public func missingPackets(on track: TrackID) -> Int { connection.shared.missing(on: track) }
}
