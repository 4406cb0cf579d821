public import Media
public import Wire

/// Receives what happens in a room.
///
/// Both methods are called on the connection's event loop, in the order in which things came, and must not block.
public protocol SubscribeHandler: Sendable {
    /// A packet of a remote track. Its payload shares the receive buffer's memory: copy what is kept for long.
    func received(_ packet: Packet, on track: TrackID)
    /// Something else happened.
    func handle(_ event: RoomEvent)
}
