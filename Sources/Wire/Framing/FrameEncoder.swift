public import Media
public import NIOCore

/// Makes the bytes of frames.
public enum FrameEncoder {
    /// The bytes of a media frame. The payload is copied, once.
    /// - Throws: `frame_too_large` where the payload does not fit, `bad_frame` where it is empty.
    public static func media(_ header: MediaHeader, payload: some PayloadStorage) throws(WireError)
        -> ByteBuffer
    {
        let length = 1 + WireLimits.mediaHeaderBytes + payload.count
        guard payload.count > 0 else { throw WireError(.badFrame, "A packet has no bytes.") }
        guard length <= WireLimits.maximumFrameLength else {
            throw WireError(
                .frameTooLarge,
                "A packet has \(payload.count) bytes; a frame holds at most \(WireLimits.maximumFrameLength)."
            )
        }
        var buffer = ByteBufferAllocator().buffer(capacity: 4 + length)
        buffer.writeInteger(UInt32(length))
        buffer.writeInteger(Frame.Kind.media)
        header.write(to: &buffer)
        payload.withUnsafeBytes { _ = buffer.writeBytes($0) }
        return buffer
    }

    /// The bytes of a control frame whose JSON object has the fields that `body` writes.
    static func control(type: String, _ body: (inout JSONObjectWriter) -> Void) -> ByteBuffer {
        var writer = JSONObjectWriter()
        writer.write(.type, type)
        body(&writer)
        let json = writer.finish()
        var buffer = ByteBufferAllocator().buffer(capacity: 5 + json.utf8.count)
        buffer.writeInteger(UInt32(1 + json.utf8.count))
        buffer.writeInteger(Frame.Kind.control)
        buffer.writeString(json)
        return buffer
    }
}
