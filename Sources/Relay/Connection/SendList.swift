import Glibc
import NIOCore

/// The byte ranges that one `sendmsg` takes: filled once a flush, then sent to any number of sockets.
///
/// Confined to one event loop. The list points into the frames that it was filled with; it must not be sent after these
/// have changed.
final class SendList {
    /// The most ranges that the kernel takes in one call.
    static let capacity = Int(UIO_MAXIOV)

    private let vectors = UnsafeMutablePointer<iovec>.allocate(capacity: SendList.capacity)
    private let header = UnsafeMutablePointer<msghdr>.allocate(capacity: 1)
    private var count = 0
    /// Bytes of all ranges.
    private(set) var bytes = 0

    init() { header.initialize(to: msghdr()) }

    deinit {
        vectors.deallocate()
        header.deallocate()
    }

    /// Takes the frames from index `start` on, at most ``capacity`` of them.
    func fill(_ frames: ContiguousArray<FanOutFrame>, from start: Int) {
        count = 0
        bytes = 0
        for index in start..<min(frames.count, start + Self.capacity) { add(frames[index].bytes) }
        header.pointee.msg_iov = vectors
        header.pointee.msg_iovlen = count
    }

    /// Takes one frame.
    func fill(_ frame: ByteBuffer) {
        count = 0
        bytes = 0
        add(frame)
    }

    private func add(_ frame: ByteBuffer) {
        frame.withUnsafeReadableBytes { range in
            // The pointer outlives the closure: the caller keeps the frame, and with it the memory, while the list is used.
            vectors[count] = iovec(
                iov_base: UnsafeMutableRawPointer(mutating: range.baseAddress), iov_len: range.count)
            bytes += range.count
        }
        count += 1
    }

    /// Sends as much as the socket takes at once.
    /// - Returns: the bytes that it took; 0 also where it is broken, which its channel finds out by itself.
    func send(to descriptor: CInt) -> Int {
        let isSingle = count == 1
        while true {
            let sent =
                isSingle
                ? Glibc.send(descriptor, vectors.pointee.iov_base, vectors.pointee.iov_len, Self.flags)
                : sendmsg(descriptor, header, Self.flags)
            if sent < 0 && errno == EINTR { continue }
            return max(0, sent)
        }
    }

    private static let flags = CInt(MSG_NOSIGNAL) | CInt(MSG_DONTWAIT)
}
