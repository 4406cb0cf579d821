public import NIOCore

/// Cuts a stream of bytes into frames, however the bytes are chunked.
///
/// A frame that lies within one chunk is a slice of it; one that spans chunks is gathered once. Memory stays within
/// twice the bytes received for the frame at hand, and an impossible length is refused at the header, before
/// anything is gathered. A chunk that fills less than half of its storage is copied on arrival, and a media frame that
/// fills less than a quarter of its chunk is copied too, so that a small frame that is kept never holds a large
/// receive buffer.
public struct FrameDecoder: Sendable {
    private let maximumFrameLength: Int
    private let maximumControlBytes: Int
    private var buffer = ByteBuffer()
    private var failure: WireError?

    /// The error that a media frame is, found at its header; `nil` where media is welcome.
    public var mediaRefusal: WireError?

    /// A decoder with these limits, in bytes.
    public init(
        maximumFrameLength: Int = WireLimits.maximumFrameLength,
        maximumControlBytes: Int = WireLimits.maximumControlBytes
    ) {
        self.maximumFrameLength = maximumFrameLength
        self.maximumControlBytes = maximumControlBytes
    }

    /// Bytes that are waiting for the rest of their frame.
    public var bufferedBytes: Int { buffer.readableBytes }

    /// Bytes of the memory in which they lie.
    public var memory: Int { buffer.readableBytes == 0 ? 0 : buffer.storageCapacity }

    /// Moves what waits out of a buffer that is much larger. To be called when nothing has come for a while.
    public mutating func compact() {
        guard buffer.storageCapacity / 2 > buffer.readableBytes else { return }
        buffer = Self.copy(buffer, and: 0)
    }

    /// Takes received bytes. Call ``next()`` until it gives `nil` before the next chunk.
    public mutating func append(_ chunk: ByteBuffer) {
        guard failure == nil else { return }
        let waiting = buffer.readableBytes
        if waiting == 0 {
            buffer = chunk.storageCapacity / 2 > chunk.readableBytes ? Self.copy(chunk, and: 0) : chunk
            return
        }
        // Without this a stream whose chunks all end inside a frame would grow one buffer for ever.
        if buffer.readerIndex > 0 { buffer = Self.copy(buffer, and: chunk.readableBytes) }
        buffer.writeImmutableBuffer(chunk)
    }

    /// The next complete frame, or `nil` until more bytes come.
    /// - Throws: `frame_too_large` or `bad_frame`. The stream cannot be resumed: the same error is thrown again.
    public mutating func next() throws(WireError) -> Frame? {
        if let failure { throw failure }
        do {
            let frame = try decode()
            // The receive buffer is not kept by a connection that has nothing more to say.
            if frame == nil, buffer.readableBytes == 0 { buffer = ByteBuffer() }
            return frame
        } catch {
            failure = error
            buffer = ByteBuffer()
            throw error
        }
    }

    private mutating func decode() throws(WireError) -> Frame? {
        guard let lengthField = buffer.getInteger(at: buffer.readerIndex, as: UInt32.self) else { return nil }
        let length = Int(lengthField)
        guard length >= 1 else { throw WireError(.badFrame, "A frame has the length 0; it needs a kind.") }
        guard length <= maximumFrameLength else {
            throw WireError(
                .frameTooLarge, "A frame has \(length) bytes; at most \(maximumFrameLength) are allowed.")
        }
        guard let kind = buffer.getInteger(at: buffer.readerIndex + 4, as: UInt8.self) else { return nil }
        try check(kind: kind, bodyLength: length - 1)
        guard var bytes = buffer.readSlice(length: 4 + length) else { return nil }
        if kind == Frame.Kind.media, bytes.storageCapacity / 4 > bytes.readableBytes {
            bytes = Self.copy(bytes, and: 0)
        }
        var body = bytes
        body.moveReaderIndex(forwardBy: 5)
        if kind == Frame.Kind.control { return Frame(bytes: bytes, body: .control(body)) }
        guard let header = MediaHeader(reading: &body) else {
            throw WireError(.badFrame, "A media frame is shorter than its header.")
        }
        return Frame(bytes: bytes, body: .media(header, payload: body.slice()))
    }

    private func check(kind: UInt8, bodyLength: Int) throws(WireError) {
        switch kind {
        case Frame.Kind.control:
            guard bodyLength <= maximumControlBytes else {
                throw WireError(
                    .frameTooLarge,
                    "A control message has \(bodyLength) bytes; at most \(maximumControlBytes) are allowed.")
            }
        case Frame.Kind.media:
            if let mediaRefusal { throw mediaRefusal }
            guard bodyLength > WireLimits.mediaHeaderBytes else {
                throw WireError(
                    .badFrame, "A media frame has a body of \(bodyLength) bytes; it needs 28 and a payload.")
            }
        default:
            throw WireError(.badFrame, "A frame has the unknown kind \(kind); 1 and 2 are known.")
        }
    }

    private static func copy(_ bytes: ByteBuffer, and more: Int) -> ByteBuffer {
        var copy = ByteBufferAllocator().buffer(capacity: bytes.readableBytes + more)
        copy.writeImmutableBuffer(bytes)
        return copy
    }
}
