import Container
import Synchronization

/// A file that the thread that writes and the thread that syncs have in common. It is closed when both let go.
final class SharedFile: Sendable {
    let file: RecordingFile

    private struct Progress {
        /// Bytes from the beginning that are on the disk.
        var durable: Int64 = 0
        /// Bytes from the beginning of which the memory was given back.
        var forgotten: Int64 = 0
    }

    private let progress = Mutex(Progress())
    /// What is kept in memory of the beginning of each stretch that was synced: a fragment's index is there, which finalising
    /// reads.
    private static let keptBytes: Int64 = 4096

    init(_ file: consuming RecordingFile) { self.file = file }

    /// Returns when everything that was written before the call is on the disk. One thread at a time; may be called while
    /// another writes.
    ///
    /// The system's memory of what was on the disk before is given back: nobody reads it soon, and a recording would fill all
    /// memory there is. What was synced just now stays until the next call, since to give it back at once takes the system
    /// much longer.
    /// - Returns: how many bytes were not on the disk before.
    func synchronize() throws(ContainerError) -> Int64 {
        let size = try file.size()
        try file.synchronize()
        let (fresh, idle) = progress.withLock { progress in
            defer { (progress.forgotten, progress.durable) = (progress.durable, size) }
            return (size - progress.durable, progress.forgotten..<max(progress.forgotten, progress.durable))
        }
        if idle.count > Self.keptBytes { file.forget(idle.lowerBound + Self.keptBytes..<idle.upperBound) }
        return fresh
    }
}
