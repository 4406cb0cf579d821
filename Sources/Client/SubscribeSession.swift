public import Wire

/// Receives everything that others publish in the room. May be used from any thread; one per connection.
public final class SubscribeSession: Sendable {
    private let connection: Connection

    /// Tells `handler` who and what is in the room, then what happens, and asks for all media.
    /// - Parameters:
    ///   - receivesMedia: `false` for those who only want to know what happens.
    ///   - maximumHeight: pixels. A track that is higher comes in its smaller size where it has one, and so does any while
    ///     this client reads too slowly; the size of the pictures then changes at a keyframe, and one may come twice. `nil`:
    ///     always in full size.
    public init(
        connection: Connection, handler: any SubscribeHandler, receivesMedia: Bool = true,
        maximumHeight: Int? = nil
    ) {
        self.connection = connection
        let client = connection.handler
        client.loop.execute {
            client.attach(handler, receivesMedia: receivesMedia, maximumHeight: maximumHeight)
        }
    }

    /// Asks the publisher of a video track for a keyframe, for instance after a decoding error.
    public func requestKeyframe(_ track: TrackID) {
        let handler = connection.handler
        handler.loop.execute { handler.requestKeyframe(track) }
    }

    /// Starts media of these tracks, after ``unsubscribe(_:)`` or where none was asked for, or changes their size.
    /// - Parameter maximumHeight: as in ``init(connection:handler:receivesMedia:maximumHeight:)``.
    public func subscribe(_ tracks: [TrackID], maximumHeight: Int? = nil) {
        let handler = connection.handler
        handler.loop.execute { handler.subscribe(tracks, maximumHeight: maximumHeight) }
    }

    /// Stops media of these tracks.
    public func unsubscribe(_ tracks: [TrackID]) {
        let handler = connection.handler
        handler.loop.execute { handler.unsubscribe(tracks) }
    }

    /// Packets of a track that did not arrive since the first that did, by their sequence numbers. Forgotten as soon as the
    /// handler has returned from ``RoomEvent/trackRemoved(_:)``.
    public func missingPackets(on track: TrackID) -> Int { connection.state.missing(on: track) }
}
