import Container
import Logging
import Media
import Synchronization

/// Brings what was written to the disk, on a thread of its own, so that no writer waits for it.
///
/// It collects files for a moment, lets the disk begin with all of them, and then waits for one after the other.
/// A file that is asked for again before its turn is synced once, so the queue is bounded by the number of open files.
final class DiskSynchronizer: Sendable {
    private let queue = Queue()
    private let thread: BlockingThread

    private let clock: MediaClock

    init(logger: Logger, metrics: RecordingMetrics, clock: MediaClock) throws(ThreadError) {
        let queue = queue
        self.clock = clock
        thread = try BlockingThread("archive-sync") {
            while let batch = queue.next() {
                for (file, _) in batch { file.file.startSynchronizing() }
                for (file, since) in batch {
                    do {
                        let bytes = try file.synchronize()
                        metrics.synced(bytes: bytes, after: clock.now() - since)
                    } catch {
                        metrics.syncFailed()
                        logger.error(
                            "a recording may not survive a power cut", metadata: ["error": "\(error)"])
                    }
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
        typealias Entry = (file: SharedFile, since: MonotonicTime)

        private let mailbox = Mailbox<Entry>(capacity: .max)
        private let waiting = Mutex<Set<ObjectIdentifier>>([])
        /// Nanoseconds for which files are collected. With the open fragment it stays below a second.
        private static let lingering: Int64 = 50_000_000
        /// Files that the disk is given at once.
        private static let batch = 64

        func add(_ file: SharedFile, now: MonotonicTime) {
            let isNew = waiting.withLock { $0.insert(ObjectIdentifier(file)).inserted }
            if isNew { mailbox.put((file, now), cost: 0, canWait: true) }
        }

        /// The next files, and since when something of them waits; `nil` behind the last.
        func next() -> [Entry]? {
            guard case .item(let first) = mailbox.next(lingering: Self.lingering) else { return nil }
            var batch = [first]
            while batch.count < Self.batch, let entry = mailbox.take() { batch.append(entry) }
            waiting.withLock { waiting in
                for entry in batch { waiting.remove(ObjectIdentifier(entry.file)) }
            }
            return batch
        }

        func close() { mailbox.close() }
    }
}
