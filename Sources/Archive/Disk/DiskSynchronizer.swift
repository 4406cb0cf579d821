import Container
import Logging
import Media
import Synchronization

/// Brings what was written to the disk, on a thread of its own, so that no writer waits for it.
///
/// It collects files for a moment, lets the disk begin with all of them, and then waits for one after the other.
/// A file that is asked for again before its turn is synced once, so the queue is bounded by the number of open files. A file that
/// the disk refuses is tried again until it does not, and the room is told meanwhile.
final class DiskSynchronizer: Sendable {
    private let queue = Queue()
    private let thread: BlockingThread
    private let clock: MediaClock

    init(
        logger: Logger, health: ArchiveHealth, metrics: RecordingMetrics, clock: MediaClock
    ) throws(ThreadError) {
        let queue = queue
        self.clock = clock
        thread = try BlockingThread("archive-sync") {
            var failing = Failing(health: health)
            while let batch = queue.next(
                failing.takeDue(now: clock.now()), hasMore: !failing.isEmpty, now: clock.now())
            {
                for (file, _) in batch { file.file.startSynchronizing() }
                for (file, since) in batch {
                    do throws(ContainerError) {
                        let bytes = try file.synchronize()
                        metrics.synced(bytes: bytes, after: clock.now() - since)
                        failing.succeeded(file)
                    } catch {
                        metrics.syncFailed()
                        failing.failed(file, error, now: clock.now())
                    }
                }
            }
        }
    }

    /// Syncs `file` soon. Any thread; never blocks on the disk.
    func synchronize(_ file: SharedFile) { queue.add(file, now: clock.now()) }

    /// Nanoseconds for which the disk has not synced what it was asked to. Any thread.
    func delay(now: MonotonicTime) -> Int64 { queue.oldest.map { max(0, now - $0) } ?? 0 }

    /// Returns when everything that was asked for is on the disk, or after `nanoseconds`.
    func finish(atMost nanoseconds: Int64) async {
        queue.close()
        await thread.wait(atMost: nanoseconds)
    }

    /// Files that the disk has refused. Confined to the thread that syncs.
    private struct Failing {
        let health: ArchiveHealth
        private var files: [ObjectIdentifier: (file: SharedFile, due: MonotonicTime)] = [:]
        private static let interval: Int64 = 2_000_000_000
        /// Each is an open file. The oldest is given up beyond it; finalising tries it again.
        private static let most = 1024

        init(health: ArchiveHealth) { self.health = health }

        var isEmpty: Bool { files.isEmpty }

        mutating func failed(_ file: SharedFile, _ error: ContainerError, now: MonotonicTime) {
            files[ObjectIdentifier(file)] = (file, now + Self.interval)
            if files.count > Self.most, let oldest = files.min(by: { $0.value.due < $1.value.due }) {
                files[oldest.key] = nil
                // Nobody would hear of it again, and the trouble would stay for good.
                clear(oldest.value.file)
            }
            health.set(.syncing, of: file.file.path, "\(error)")
            file.voice?.set(
                .unsafe, "the server's disk reports errors: what is recorded now may be lost")
        }

        mutating func succeeded(_ file: SharedFile) {
            guard files.removeValue(forKey: ObjectIdentifier(file)) != nil else { return }
            clear(file)
        }

        /// Takes back what was said of a file, and of its room unless another file of the room fails.
        private func clear(_ file: SharedFile) {
            health.set(.syncing, of: file.file.path, nil)
            if !files.values.contains(where: { $0.file.voice === file.voice }) {
                file.voice?.set(.unsafe, nil)
            }
        }

        /// Those that are to be tried again now.
        func takeDue(now: MonotonicTime) -> [SharedFile] {
            files.values.compactMap { $0.due <= now ? $0.file : nil }
        }
    }

    private final class Queue: Sendable {
        typealias Entry = (file: SharedFile, since: MonotonicTime)

        private struct State {
            var waiting: [ObjectIdentifier: MonotonicTime] = [:]
            var oldest: MonotonicTime?
        }

        private let mailbox = Mailbox<Entry>(capacity: .max)
        private let state = Mutex(State())
        /// Nanoseconds for which files are collected. With the open fragment it stays below a second.
        private static let lingering: Int64 = 50_000_000
        /// Nanoseconds after which those that have failed are looked at.
        private static let pause: Int64 = 500_000_000
        /// Files that the disk is given at once.
        private static let batch = 64

        /// Since when the oldest waits of what is not on the disk; `nil` where all is.
        var oldest: MonotonicTime? { state.withLock(\.oldest) }

        func add(_ file: SharedFile, now: MonotonicTime) {
            let isNew = state.withLock { state in
                guard state.waiting[ObjectIdentifier(file)] == nil else { return false }
                state.waiting[ObjectIdentifier(file)] = now
                state.oldest = state.oldest ?? now
                return true
            }
            if isNew { mailbox.put((file, now), cost: 0, canWait: true) }
        }

        /// The next files, and since when something of them waits; `nil` behind the last.
        /// - Parameters:
        ///   - due: files that come first.
        ///   - hasMore: whether there are such files later.
        func next(_ due: [SharedFile], hasMore: Bool, now: MonotonicTime) -> [Entry]? {
            state.withLock { $0.oldest = $0.waiting.values.min() }
            let pause = hasMore ? MediaClock.system.now() + Self.pause : nil
            var batch = due.map { Entry($0, now) }
            if due.isEmpty {
                switch mailbox.next(until: pause, lingering: Self.lingering) {
                case .item(let first): batch.append(first)
                case .timeout: return []
                case .closed: return nil
                }
            }
            while batch.count < Self.batch, let entry = mailbox.take() { batch.append(entry) }
            state.withLock { [batch] state in
                for entry in batch { state.waiting[ObjectIdentifier(entry.file)] = nil }
            }
            return batch
        }

        func close() { mailbox.close() }
    }
}
