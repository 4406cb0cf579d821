import Container
import Glibc
import Logging
import Media
import Synchronization

/// What of a meeting has to wait for the disk: its closed files are finalised here, and its manifest is written. Both take as long as
/// the disk likes; no recorder waits for either.
///
/// The journal is the truth about a meeting that goes on; the manifest, which is a summary that people and programs like to read,
/// follows it when it is worth the time: the first one at once, later ones so seldom that writing them takes a fiftieth of
/// the time at most, however long the meeting, and the last when every file is finalised.
///
/// Every method but ``run()`` may be called from any thread; none blocks.
final class MeetingUpkeep: DeadlineJob, @unchecked Sendable {
    // SAFETY: what is mutable is in `state`, or only touched while the pool runs the job, which it never does twice at once.
    private var hasSyncedFolder = false
    /// A file that was closed.
    private struct Closed {
        let file: String
        /// How often the disk has refused to finalise it.
        var attempts = 0
        var due: MonotonicTime
    }

    private struct State {
        var manifest: MeetingManifest
        var closed: [Closed] = []
        var isChanged = true
        var manifestDue: MonotonicTime
        var end: MonotonicTime?
        /// Waits until everything is done.
        var waiters: [Completion] = []
        var lockAttempts = 0
    }

    /// The meeting's folder.
    let path: String
    /// Open, and with it locked, as long as there is something to do: nobody may delete the meeting until then.
    private let journal: Mutex<SharedFile?>
    /// Finished when the last manifest is written. The journal stays locked until then.
    let ended = Completion()
    private let state: Mutex<State>
    private let place = DeadlinePool.Place()
    private let services: RecorderServices
    private let logger: Logger
    private let isHurried = Atomic(false)

    /// Nanoseconds between two manifests at least.
    private static let shortest: Int64 = 2_000_000_000
    /// The part of the time that is spent on manifests at most.
    private static let share: Int64 = 50
    /// Nanoseconds until a file is tried again that the disk has refused to finalise.
    private static let retries: [Int64] = [2_000_000_000, 10_000_000_000, 60_000_000_000]
    private static let lockInterval: Int64 = 100_000_000
    private static let lockAttempts = 100
    /// Participants that the manifest names although there is nothing of them: those who came last.
    static let mostPassersBy = 1000

    /// Begins to keep the meeting in the folder `path`.
    init(
        path: String, journal: SharedFile, manifest: MeetingManifest, services: RecorderServices,
        logger: Logger
    ) {
        self.path = path
        self.journal = Mutex(journal)
        self.services = services
        self.logger = logger
        let now = MediaClock.system.now()
        state = Mutex(State(manifest: manifest, manifestDue: now))
        services.keepers.enter(self, at: place)
        services.keepers.schedule(place, at: now)
    }

    // MARK: for the recorder

    /// Changes what the manifest will say.
    func change(_ body: (inout MeetingManifest) -> Void) {
        let due = state.withLock { state in
            body(&state.manifest)
            state.isChanged = true
            return state.manifestDue
        }
        services.keepers.schedule(place, at: due)
    }

    /// A file was closed: it is to be finalised.
    func close(_ file: String) {
        let now = MediaClock.system.now()
        services.metrics.waits(files: 1)
        state.withLock { $0.closed.append(Closed(file: file, due: now)) }
        services.keepers.schedule(place, at: now)
    }

    /// The meeting is over: the manifest is written once more when every file is finalised.
    func end(_ body: (inout MeetingManifest) -> Void) {
        let now = MediaClock.system.now()
        state.withLock { state in
            body(&state.manifest)
            state.isChanged = true
            state.end = now
        }
        services.keepers.schedule(place, at: now)
    }

    /// Files that wait to be finalised.
    var waiting: Int { state.withLock { $0.closed.count } }

    /// What the manifest says next.
    var manifest: MeetingManifest { state.withLock { $0.manifest } }

    // MARK: for the end

    /// Writes the manifest as it is at the next opportunity, and leaves what is not finalised by then to the next start, which finds
    /// it by the journal.
    func hurry() {
        isHurried.store(true, ordering: .releasing)
        services.keepers.schedule(place, at: MediaClock.system.now())
    }

    /// Returns when everything that was asked for before is done.
    func catchUp() async {
        let done = Completion()
        let isOver = state.withLock { state in
            guard !ended.isFinished else { return true }
            state.waiters.append(done)
            state.manifestDue = MediaClock.system.now()
            return false
        }
        if isOver { return }
        services.keepers.schedule(place, at: MediaClock.system.now())
        await done.wait()
    }

    // MARK: the work

    func run() -> MonotonicTime? {
        // What is asked for from now on waits for the next run.
        let waiters = takeWaiters()
        defer { for waiter in waiters { waiter.finish() } }
        while let file = nextClosed() { finalise(file) }
        let now = MediaClock.system.now()
        let (isDue, isLast) = state.withLock { [isOver] state in
            let isLast = state.end != nil && (state.closed.isEmpty || isOver)
            return (state.isChanged && (now >= state.manifestDue || isLast), isLast)
        }
        if isDue, let pause = writeManifest(isLast: isLast, now: now) {
            return MediaClock.system.now() + pause
        }
        if isLast {
            services.metrics.waits(files: -waiting)
            services.keepers.leave(place)
            services.health.set(.writing, of: path, nil)
            journal.withLock { $0 = nil }
            ended.finish()
            for waiter in takeWaiters() { waiter.finish() }
        }
        return isLast
            ? nil
            : state.withLock { state in
                let due = [state.closed.map(\.due).min(), state.isChanged ? state.manifestDue : nil]
                return due.compactMap { $0 }.min()
            }
    }

    private func takeWaiters() -> [Completion] {
        state.withLock { state in
            defer { state.waiters = [] }
            return state.waiters
        }
    }

    private var isOver: Bool { isHurried.load(ordering: .acquiring) }

    private func nextClosed() -> Closed? {
        let now = MediaClock.system.now()
        guard !isOver else { return nil }
        return state.withLock { state in
            guard let index = state.closed.firstIndex(where: { $0.due <= now }) else { return nil }
            return state.closed.remove(at: index)
        }
    }

    private func finalise(_ closed: Closed) {
        var closed = closed
        do {
            let result = try Finaliser.finalise(path + "/" + closed.file)
            finish(closed.file) { segment in
                segment.state = .finalised
                segment.bytes = result.size
            }
            services.metrics.ended(isFinalised: true)
            return
        } catch {
            if case .file = error, closed.attempts < Self.retries.count {
                closed.due = MediaClock.system.now() + Self.retries[closed.attempts]
                closed.attempts += 1
                return state.withLock { [closed] in $0.closed.append(closed) }
            }
            logger.error(
                "a recording could not be finalised; it plays as it is", metadata: ["error": "\(error)"])
        }
        finish(closed.file) { $0.state = .fragmented }
        services.metrics.ended(isFinalised: false)
    }

    private func finish(_ file: String, _ body: (inout MeetingManifest.Segment) -> Void) {
        services.metrics.waits(files: -1)
        state.withLock { state in
            guard let index = state.manifest.segments.lastIndex(where: { $0.file == file }) else { return }
            body(&state.manifest.segments[index])
            state.isChanged = true
        }
    }

    /// - Returns: nanoseconds after which it is to be tried again, where somebody else has the folder locked, or the disk refuses.
    private func writeManifest(isLast: Bool, now: MonotonicTime) -> Int64? {
        let manifest = state.withLock { state in
            state.manifest.forgetPassersBy(but: Self.mostPassersBy)
            state.isChanged = false
            return state.manifest
        }
        var isDone = true
        var pause = Self.lockInterval
        do {
            if !hasSyncedFolder { try synchronizeFolder() }
            isDone = try MeetingFolder.tryToWrite(manifest, folder: path, withoutLock: mayGoWithoutLock())
            if isDone { services.health.set(.writing, of: path, nil) }
        } catch {
            services.health.set(.writing, of: path, "\(error)")
            // The journal has it all; the next start writes the manifest.
            isDone = isLast && mayGoWithoutLock()
            pause = Self.shortest
        }
        let end = MediaClock.system.now()
        state.withLock { state in
            if isDone {
                state.manifestDue = end + max(Self.shortest, (end - now) * Self.share)
                state.lockAttempts = 0
            } else {
                state.isChanged = true
                state.manifestDue = end + pause
                state.lockAttempts += 1
            }
        }
        if isDone { services.catalogue.manifestWritten(path) }
        return isDone ? nil : pause
    }

    private func synchronizeFolder() throws(ArchiveError) {
        do { try MeetingFolder.synchronize(path) } catch { throw .container(error) }
        hasSyncedFolder = true
    }

    private func mayGoWithoutLock() -> Bool {
        isOver || state.withLock { $0.lockAttempts >= Self.lockAttempts }
    }
}

extension MeetingManifest {
    /// Leaves out those of whom there is nothing and who have left, but for the last `count`: in a room that never empties, they
    /// would be more and more. The journal has them all.
    mutating func forgetPassersBy(but count: Int) {
        guard participants.count > count else { return }
        let recorded = Set(segments.map(\.participant))
        var surplus = participants.count(where: { $0.left != nil && !recorded.contains($0.id) }) - count
        guard surplus > 0 else { return }
        participants.removeAll { participant in
            guard surplus > 0, participant.left != nil, !recorded.contains(participant.id) else {
                return false
            }
            surplus -= 1
            return true
        }
    }
}
