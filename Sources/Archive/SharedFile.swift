import Container
import Synchronization

/// A file that the thread that writes and the thread that syncs have in common. It is closed when both let go.
final class SharedFile: Sendable {
    let file: RecordingFile

    private let durable = Atomic<Int64>(0)

    /// The first `size` bytes are on the disk.
    /// - Returns: how many of them were not before.
    func synced(upTo size: Int64) -> Int64 {
        size - durable.exchange(size, ordering: .relaxed)
    }

    init(_ file: consuming RecordingFile) { self.file = file }
}
