import Container
import Logging
import Media
import Synchronization

/// Brings what was written to the disk, on a thread of its own, so that no writer waits for it.
///
/// A file that is asked for again before its turn is synced once, so the queue is bounded by the number of open files.
final class DiskSynchronizer: Sendable {
    private let queue = Queue()
    private let thread: BlockingThread

    private let clock: MediaClock

    init(logger: Logger, metrics: RecordingMetrics, clock: MediaClock) {
        let queue = queue
        self.clock = clock
        thread = BlockingThread("archive-sync") {
            while let (file, since) = queue.next() {
                do {
                    let size = try file.file.size()
                    try file.file.synchronize()
                    metrics.synced(bytes: file.synced(upTo: size), after: clock.now() - since)
                } catch {
                    metrics.syncFailed()
                    logger.error("a recording may not survive a power cut", metadata: ["error": "\(error)"])
                }
            }
        }
    }

    /// Syncs `file` soon. Any thread; never blocks on the disk.
    func synchronize(_ file: SharedFile) { queue.add(file, now: clock.now()) }

    /// Returns when everything that was asked for is on the disk.
    func finish() async {
        queue.close()
        await thread.wait()
    }

    private final class Queue: Sendable {
        private let mailbox = Mailbox<(file: SharedFile, since: MonotonicTime)>(capacity: .max)
        private let waiting = Mutex<Set<ObjectIdentifier>>([])

        func add(_ file: SharedFile, now: MonotonicTime) {
            let isNew = waiting.withLock { $0.insert(ObjectIdentifier(file)).inserted }
            if isNew { mailbox.put((file, now), cost: 0) }
        }

        /// The next file, and since when something of it waits.
        func next() -> (SharedFile, MonotonicTime)? {
            guard case .item(let entry) = mailbox.next() else { return nil }
            waiting.withLock { _ = $0.remove(ObjectIdentifier(entry.file)) }
            return entry
        }

        func close() { mailbox.close() }
    }
}
