import Container
import Glibc
import Media
import Synchronization

/// Looks once a second whether the archive does what it should: whether recorders are behind, whether the disk syncs, whether files
/// can still be made. On a thread of its own, so that it notices when all others wait for the disk; and where it waits itself,
/// that is noticed by those who ask.
final class ArchiveWatch: Sendable {
    private let services: RecorderServices
    private let ending = Mailbox<Int>(capacity: 1)
    private let thread: BlockingThread
    private let beat: Beat
    private static let interval: Int64 = 1_000_000_000
    /// Rounds after which it is tried whether files can be made.
    private static let roundsPerProbe = 10
    /// Nanoseconds that a sync may take.
    private static let longestSync: Int64 = 5_000_000_000
    /// Nanoseconds for which nothing was looked at, after which the disk counts as one that does not answer.
    private static let longestSilence: Int64 = 10_000_000_000

    private final class Beat: Sendable {
        let last = Atomic(MediaClock.system.now().nanoseconds)
    }

    init(_ services: RecorderServices) throws(ThreadError) {
        self.services = services
        let (beat, ending) = (Beat(), ending)
        self.beat = beat
        thread = try BlockingThread("archive-watch") {
            var round = 0
            var hasFailed = false
            while true {
                let now = MediaClock.system.now()
                beat.last.store(now.nanoseconds, ordering: .relaxed)
                guard case .timeout = ending.next(until: now + Self.interval) else { return }
                round += 1
                // Where it was refused, that it is good again is news that cannot wait.
                let isProbing = hasFailed || round % Self.roundsPerProbe == 0
                hasFailed = Self.look(services, isProbing: isProbing)
            }
        }
    }

    /// - Returns: whether it was tried to make a file, and refused.
    private static func look(_ services: RecorderServices, isProbing: Bool) -> Bool {
        let now = services.clock.now()
        var latest: Int64 = 0
        for case let recorder as RecorderWork in services.writers.overdue(
            since: MediaClock.system.now() + -interval)
        {
            latest = max(latest, recorder.checkLateness(now: now))
        }
        let delay = services.synchronizer.delay(now: now)
        services.metrics.behind(recorder: latest, disk: delay)
        services.health.set(
            .syncing, of: "the disk",
            delay > longestSync ? "the disk has not finished a sync for \(delay / 1_000_000_000) s" : nil)
        guard isProbing else { return false }
        let path = services.configuration.path
        do throws(ArchiveError) {
            try ArchiveProbe.tryToWrite(path, isSynced: false)
            services.health.set(.writing, of: path, nil)
            return false
        } catch {
            services.health.set(.writing, of: path, error.description)
            return true
        }
    }

    /// What is wrong with the watch itself; `nil` where nothing is.
    var problem: String? {
        let last = MonotonicTime(nanoseconds: beat.last.load(ordering: .relaxed))
        let silence = MediaClock.system.now() - last
        guard silence > Self.longestSilence else { return nil }
        return "the disk of the archive has not answered for \(silence / 1_000_000_000) s"
    }

    /// Ends it; returns after `nanoseconds` at the latest.
    func finish(atMost nanoseconds: Int64) async {
        ending.close()
        await thread.wait(atMost: nanoseconds)
    }
}

/// Whether an archive can be used.
enum ArchiveProbe {
    /// Makes a file in the folder of the archive, writes, locks and removes it. Blocks.
    /// - Parameter isSynced: whether it is also brought to the disk.
    /// - Throws: ``ArchiveError/folder(path:reason:)``.
    static func tryToWrite(_ path: String, isSynced: Bool) throws(ArchiveError) {
        // Its name begins with a dot: no room's folder does.
        let name = "\(path)/.probe-\(getpid())"
        defer { unlink(name) }
        do {
            unlink(name)
            let file = try RecordingFile(name, .create)
            try file.write([1], at: 0)
            guard file.lock() else {
                throw ContainerError.file(path: name, operation: "lock", errno: errno)
            }
            if isSynced { try file.synchronize() }
        } catch let error as ContainerError {
            guard case .file(_, _, let code) = error else { throw .container(error) }
            throw .folder(path: path, reason: SystemError.text(code))
        } catch { throw .folder(path: path, reason: "\(error)") }
    }
}
