public import Media
public import Wire

/// Publishes tracks over a connection. May be used from any thread; one per connection.
public final class PublishSession: Sendable {
    private let connection: Connection

    /// A session without tracks.
    /// - Parameter onKeyframeRequest: called on the event loop when the encoder of a track should make a keyframe
    ///   at once, because somebody joined or packets were dropped. Must not block.
    public init(connection: Connection, onKeyframeRequest: @escaping @Sendable (TrackID) -> Void) {
        self.connection = connection
        let handler = connection.handler
        handler.loop.execute { handler.onKeyframeRequest = onKeyframeRequest }
    }

    /// Offers a track, and tells everybody when its PTS 0 is, again every few seconds.
    /// - Parameter origin: the instant of PTS 0 on this machine's clock.
    /// - Throws: ``ClientError``; `refused` with `bad_track` or `too_many_tracks` leaves the connection open.
    public func publish(
        _ description: TrackDescription, origin: MonotonicTime
    ) async throws(ClientError) -> TrackID {
        let handler = connection.handler
        let promise = handler.loop.makePromise(of: TrackID.self)
        handler.loop.execute { handler.publish(description, origin: origin, promise: promise) }
        do {
            return try await promise.futureResult.get()
        } catch {
            throw error as? ClientError ?? .closed(.lost(NetworkError.text(error)))
        }
    }

    /// Offers a smaller version of a video track, for those who show it small or have a slow network.
    ///
    /// Its packets have the time stamps of the track's, go out before them, and have a keyframe wherever those have one.
    /// It ends with its track.
    /// - Parameter description: of the codec, time base and source of the track, and lower.
    /// - Throws: ``ClientError``; `refused` leaves the connection open; `noLayers` where the server takes none.
    public func publish(
        layer description: TrackDescription, of track: TrackID
    ) async throws(ClientError) -> TrackID {
        let handler = connection.handler
        let promise = handler.loop.makePromise(of: TrackID.self)
        handler.loop.execute { handler.publish(layer: description, of: track, promise: promise) }
        do {
            return try await promise.futureResult.get()
        } catch {
            throw error as? ClientError ?? .closed(.lost(NetworkError.text(error)))
        }
    }

    /// Corrects the instant of PTS 0, when the track's clock drifts against this machine's.
    public func setOrigin(_ origin: MonotonicTime, of track: TrackID) {
        let handler = connection.handler
        handler.loop.execute { handler.setOrigin(origin, of: track) }
    }

    /// Sends a packet; its payload is copied.
    ///
    /// When the network is too slow, pictures are dropped up to the next keyframe, for which the encoder is asked;
    /// sound goes last.
    /// - Returns: `false` where the packet will not be sent: the track waits for a keyframe or is not published, the
    ///   connection is closed, or the time stamps break the protocol's rules (DTS must increase, PTS ≥ DTS).
    @discardableResult
    public func send(_ packet: Packet, on track: TrackID) -> Bool {
        connection.outbound.send(packet, on: track)
    }

    /// Says that a track is silent or dark on purpose. Packets may go on.
    public func setMuted(_ isMuted: Bool, _ track: TrackID) {
        connection.outbound.mute(track, isMuted)
    }

    /// Ends a track, and its layer with it; what waits is still sent.
    public func unpublish(_ track: TrackID) {
        connection.outbound.unpublish(track)
        let handler = connection.handler
        handler.loop.execute { handler.unpublish(track) }
    }

    /// What became of the packets.
    public func statistics() -> PublishStatistics { connection.outbound.statistics() }

    /// Ends the connection, see ``Connection/finish()``.
    public func finish() async { await connection.finish() }
}
