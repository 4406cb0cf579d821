public import Media
public import NIOCore

/// A packet's payload inside a network buffer: shares the buffer's memory, copies nothing.
public struct ByteBufferPayload: PayloadStorage {
    /// The readable bytes are the payload.
    public let buffer: ByteBuffer

    /// The readable bytes of `buffer` as a payload.
    public init(_ buffer: ByteBuffer) { self.buffer = buffer }

    /// Number of bytes.
    public var count: Int { buffer.readableBytes }

    /// Of the whole buffer.
    public var retainedBytes: Int { buffer.storageCapacity }

    /// Calls `body` with the bytes, which are valid only until it returns.
    public func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result
    {
        try buffer.withUnsafeReadableBytes(body)
    }
}
