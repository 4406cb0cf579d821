import NIOCore

/// Makes a new buffer for each read: small if little came lately, as in `AdaptiveRecvByteBufferAllocator`.
///
/// NIO keeps a channel's receive buffers for its whole life if an allocator lets it, four of 64 KiB after a single burst:
/// 1 GB for 4,096 connections that say nothing more. Here what was read is freed as soon as nobody needs it. Only the first
/// four buffers stay, which are small.
struct ReceiveBuffers: RecvByteBufferAllocator {
    private var adaptive = AdaptiveRecvByteBufferAllocator(minimum: 128, initial: 256, maximum: 65_536)

    func buffer(allocator: ByteBufferAllocator) -> ByteBuffer { adaptive.buffer(allocator: allocator) }

    /// Without a hint, and with buffers that always may grow, NIO uses none a second time.
    func nextBufferSize() -> Int? { nil }

    mutating func record(actualReadBytes: Int) -> Bool {
        _ = adaptive.record(actualReadBytes: actualReadBytes)
        return true
    }
}
