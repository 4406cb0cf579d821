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

    init(logger: Logger) {
        let queue = queue
        thread = BlockingThread("archive-sync") {
            while let file = queue.next() {
                do { try file.file.synchronize() } catch {
                    logger.error("a recording may not survive a power cut", metadata: ["error": "\(error)"])
                }
            }
        }
    }

    /// Syncs `file` soon. Any thread; never blocks on the disk.
    func synchronize(_ file: SharedFile) { queue.add(file) }

    /// Returns when everything that was asked for is on the disk.
    func finish() async {
        queue.close()
        await thread.wait()
    }

    private final class Queue: Sendable {
        private let mailbox = Mailbox<SharedFile>(capacity: .max)
        private let waiting = Mutex<Set<ObjectIdentifier>>([])

        func add(_ file: SharedFile) {
            let isNew = waiting.withLock { $0.insert(ObjectIdentifier(file)).inserted }
            if isNew { mailbox.put(file, cost: 0) }
        }

        func next() -> SharedFile? {
            guard case .item(let file) = mailbox.next() else { return nil }
            waiting.withLock { _ = $0.remove(ObjectIdentifier(file)) }
            return file
        }

        func close() { mailbox.close() }
    }
}
