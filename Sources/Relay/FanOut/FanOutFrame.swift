import NIOCore
import Wire

/// One frame on its way to subscribers.
struct FanOutFrame {
    /// The complete frame.
    let bytes: ByteBuffer
    /// Its track; `nil` for a control message, which is never dropped.
    let track: TrackID?
    let isKeyframe: Bool
}

extension ByteBuffer {
    /// What is left behind the first `count` bytes. Shares memory.
    func dropping(_ count: Int) -> ByteBuffer {
        var rest = self
        rest.moveReaderIndex(forwardBy: count)
        return rest
    }
}
