import Container
import FoundationEssentials
import Glibc
import Logging
import Media
import Synchronization

/// Keeps the catalogue in line with what the recorders write, and computes the digests of finalised files. Two threads
/// of its own, of low priority: no recorder waits for either.
///
/// Every method may be called from any thread.
final class ArchiveUpkeep: Sendable {
    private let archive: String
    private let logger: Logger
    private let changed = Pending()
    private let unhashed = Pending()
    private let end = Mutex<MonotonicTime?>(nil)
    private let hasFailed = Mutex(false)
    private let threads = Mutex<[BlockingThread]>([])
    /// How long the end waits for catalogue and digests; the next start makes up for what is missing then.
    private static let patience: Int64 = 2_000_000_000
    /// Nanoseconds for which changes are collected at least.
    private static let collecting: Int64 = 1_000_000_000
    /// The part of the time that is spent on the catalogue at most, so that it does not grow with the meetings.
    private static let share: Int64 = 20

    /// Begins with what was left to do when the archive was last closed.
    init(archive: String, logger: Logger) throws(ThreadError) {
        self.archive = archive
        self.logger = logger
        let index = try BlockingThread("archive-index", niceness: 19) { [self] in
            open()
            var pause = Self.collecting
            while let folders = changed.next(collecting: pause) {
                let begun = MediaClock.system.now()
                update(folders)
                pause = max(Self.collecting, (MediaClock.system.now() - begun) * Self.share)
            }
        }
        do {
            let digest = try BlockingThread("archive-digest", niceness: 19) { [self] in
                while let folders = unhashed.next() { for folder in folders { addDigests(folder) } }
            }
            threads.withLock { $0 = [index, digest] }
        } catch {
            changed.close()
            throw error
        }
    }

    /// The manifest in `folder`, the path of a meeting's folder, was written. Never blocks.
    func manifestWritten(_ folder: String) { changed.add(folder) }

    /// Returns when the catalogue is up to date. What takes longer than two seconds is left to the next start.
    func finish(atMost nanoseconds: Int64) async {
        let begun = MediaClock.system.now()
        end.withLock { $0 = begun + min(nanoseconds, Self.patience) }
        let threads = threads.withLock { $0 }
        changed.close()
        await threads.first?.wait(atMost: nanoseconds)
        unhashed.close()
        await threads.last?.wait(atMost: begun + nanoseconds - MediaClock.system.now())
    }

    // MARK: catalogue

    private func open() {
        attempt { () throws(ArchiveError) in
            let index = try ArchiveIndex(archive: archive, mayBeInMemory: false)
            if let reason = index.reasonOfRebuild, try !index.meetings().isEmpty {
                logger.notice("made the catalogue from the folders", metadata: ["reason": "\(reason)"])
            }
            for folder in try index.unhashed() { unhashed.add(archive + "/" + folder) }
        }
    }

    private func update(_ folders: [String]) {
        attempt { () throws(ArchiveError) in
            let index = try ArchiveIndex(archive: archive, mayBeInMemory: false)
            for folder in folders where !isOver {
                try index.update(folder.split(separator: "/").suffix(2).joined(separator: "/"))
            }
        }
        for folder in folders where !isOver && Self.lacksDigest(folder) { unhashed.add(folder) }
    }

    /// Says once that something fails, not each time.
    private func attempt(_ body: () throws(ArchiveError) -> Void) {
        do {
            try body()
            hasFailed.withLock { $0 = false }
        } catch {
            let isNew = hasFailed.withLock { failed in
                defer { failed = true }
                return !failed
            }
            if isNew {
                logger.warning(
                    "the catalogue is behind; recordings are not affected", metadata: ["error": "\(error)"])
            }
        }
    }

    // MARK: digests

    private static func lacksDigest(_ folder: String) -> Bool {
        let manifest = try? MeetingManifest.read(folder: folder)
        return manifest?.segments.contains { $0.state == .finalised && $0.sha256 == nil } ?? false
    }

    private func addDigests(_ folder: String) {
        do throws(ArchiveError) {
            guard try SegmentDigests.add(folder: folder, isCancelled: { self.isOver }) > 0 else { return }
            if !changed.add(folder) { update([folder]) }
        } catch {
            logger.warning("no digest of a recording", metadata: ["error": "\(error)"])
        }
    }

    private var isOver: Bool { end.withLock { $0.map { MediaClock.system.now() >= $0 } ?? false } }

    /// Folders that wait their turn, each once.
    private final class Pending: Sendable {
        private let mailbox = Mailbox<String>(capacity: .max)
        private let waiting = Mutex<Set<String>>([])

        /// - Returns: `false` where it is closed.
        @discardableResult
        func add(_ folder: String) -> Bool {
            waiting.withLock { $0.insert(folder).inserted }
                ? mailbox.put(folder, cost: 0, canWait: true) : true
        }

        /// Those that wait, once there is one, and for what comes within the time for which they are collected.
        func next(collecting nanoseconds: Int64 = 0) -> [String]? {
            guard case .item(let first) = mailbox.next() else { return nil }
            let pause = MediaClock.system.now() + nanoseconds
            var folders = [first]
            while nanoseconds > 0, case .item(let folder) = mailbox.next(until: pause) {
                folders.append(folder)
            }
            waiting.withLock { [folders] in $0.subtract(folders) }
            return folders
        }

        func close() { mailbox.close() }
    }
}
