public import NIOCore

/// One complete frame as it came off the wire.
///
/// `frame := length:u32 | kind:u8 | body`, big-endian; the length counts kind and body.
public struct Frame: Sendable {
    /// What a frame carries.
    public enum Body: Sendable {
        /// The JSON text of a control message, not yet parsed.
        case control(ByteBuffer)
        /// A media packet: its header and its payload.
        case media(MediaHeader, payload: ByteBuffer)
    }

    /// Values of the kind field.
    public enum Kind {
        /// A control message.
        public static let control: UInt8 = 1
        /// A media packet.
        public static let media: UInt8 = 2
    }

    /// All bytes of the frame, length field included: what a relay sends on. Shares memory with the body.
    public let bytes: ByteBuffer
    /// The contents.
    public let body: Body

    /// A frame from its bytes and their meaning.
    public init(bytes: ByteBuffer, body: Body) {
        self.bytes = bytes
        self.body = body
    }
}
