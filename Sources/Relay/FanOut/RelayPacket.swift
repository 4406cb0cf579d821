import Media
import NIOCore
import Wire

/// A packet on its way through the relay: the very frame that came from the publisher.
struct RelayPacket: Sendable {
    let header: MediaHeader
    let kind: MediaKind
    /// The complete frame.
    let frame: ByteBuffer
    let payload: ByteBuffer
    /// When its last byte was read, or when this loop got it from the cache of another one.
    var arrival: MonotonicTime

    var track: TrackID { header.track }
    var isKeyframe: Bool { header.flags.contains(.keyframe) }
}
