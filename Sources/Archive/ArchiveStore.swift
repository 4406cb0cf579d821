import Container
public import CoreMetrics
public import Logging
public import Media
import Synchronization

/// The folder in which all meetings are kept, and the recorders that write into it.
///
/// Every method may be called from any thread.
public final class ArchiveStore: Sendable {
    private let configuration: ArchiveConfiguration
    private let services: RecorderServices
    private let watch: ArchiveWatch
    private let recorders = Mutex(Recorders())
    private let continuations: InterruptedMeetings
    /// Threads that write: more than one, so that one large meeting does not hold up the others.
    private static let writers = 4
    /// How much the first of them gives way to the relay.
    private static let niceness: Int32 = 10
    /// Threads that wait for the disk.
    private static let keepers = 2
    /// Nanoseconds that the end may take: to write what had come; until files are left to be finalised by the next start; and
    /// altogether.
    private static let patience: (writing: Int64, finalising: Int64, all: Int64) = (
        5_000_000_000, 6_000_000_000, 8_000_000_000
    )

    /// Opens the archive: makes its folder where there is none, and recovers what a crash left unfinished.
    /// - Parameters:
    ///   - software: names and versions for the manifests, in addition to FFmpeg's.
    ///   - metrics: makes what is counted.
    /// - Throws: ``ArchiveError/folder(path:reason:)`` where nothing can be written there; ``ArchiveError/thread(_:)``.
    public init(
        _ configuration: ArchiveConfiguration, software: [String: String], logger: Logger,
        clock: MediaClock = .system, metrics: any MetricsFactory = MetricsSystem.factory
    ) throws(ArchiveError) {
        try MeetingFolder.make(configuration.path, mayExist: true)
        try ArchiveProbe.tryToWrite(configuration.path, isSynced: true)
        self.configuration = configuration
        let begun = clock.wallNanoseconds()
        let seconds = configuration.resumeSeconds
        let interrupted =
            seconds > 0 ? MeetingContinuation.candidates(archive: configuration.path, within: seconds) : []
        let recovered = try MeetingRecovery.recoverAll(archive: configuration.path) { report in
            logger.notice("recovered \(report.description)")
        }
        if recovered > 0 {
            logger.notice("recovered unfinished meetings", metadata: ["count": "\(recovered)"])
        }
        MeetingRemoval.finish(archive: configuration.path)
        continuations = InterruptedMeetings(interrupted, seconds: seconds, begun: begun, clock: clock)
        let counts = RecordingMetrics(factory: metrics)
        let health = ArchiveHealth(logger: logger)
        do throws(ThreadError) {
            services = RecorderServices(
                configuration: configuration,
                writers: try DeadlinePool(
                    "archive-write", threads: Self.writers, niceness: Self.niceness),
                keepers: try DeadlinePool("archive-keep", threads: Self.keepers),
                synchronizer: try DiskSynchronizer(
                    logger: logger, health: health, metrics: counts, clock: clock),
                catalogue: try ArchiveUpkeep(archive: configuration.path, logger: logger), health: health,
                allowances: OpeningLedger(), metrics: counts,
                software: software.merging(MediaLibraries.versions) { own, _ in own }, logger: logger,
                clock: clock)
            watch = try ArchiveWatch(services)
        } catch { throw .thread(error) }
    }

    /// The folder of all meetings.
    public var path: String { configuration.path }

    /// What is wrong with the archive, in one line for those who watch the server; `nil` where everything that comes is recorded.
    public var problem: String? { watch.problem ?? services.health.problem }

    /// Begins to record a meeting in `room`. Its folder is made with the first track. Where the end of an earlier run of the
    /// server interrupted a meeting in that room a moment ago, that one goes on: the recorder's ``MeetingRecorder/past``
    /// tells.
    /// - Parameters:
    ///   - meeting: tells the meeting from every other one in the room; an earlier run's is told by the past.
    ///   - records: `false` where nothing is recorded until a participant asks for it.
    public func record(
        room: String, meeting: UInt64 = .random(in: .min ... .max), callbacks: RecorderCallbacks,
        records: Bool = true
    ) -> MeetingRecorder {
        let interrupted = continuations.take(room)
        let recorder = MeetingRecorder(
            room: room, meeting: interrupted?.meeting.meeting ?? meeting, records: records,
            continuing: interrupted?.meeting, people: interrupted?.people ?? [], callbacks: callbacks,
            services: services)
        recorders.withLock { $0.add(recorder) }
        return recorder
    }

    /// Those whose meetings are not over, and some whose are.
    private struct Recorders {
        private(set) var all: [MeetingRecorder] = []
        private var limit = 64

        mutating func add(_ recorder: MeetingRecorder) {
            if all.count >= limit {
                // Not each time: with many rooms that would be most of the work.
                all.removeAll(where: \.isFinished)
                limit = max(64, 2 * all.count)
            }
            all.append(recorder)
        }
    }

    /// Returns when what was written so far is finalised where it was closed, and in the manifests.
    package func catchUp() async {
        for recorder in recorders.withLock({ $0.all }) { await recorder.keeper?.catchUp() }
    }

    /// Closes all meetings; returns when what had come is written, and every file is finalised and on the disk.
    ///
    /// It takes eight seconds at most, whatever the number of meetings and however slow the disk. What is not finalised by then,
    /// and what the catalogue lacks, is left to the next start.
    public func finish() async {
        let start = MediaClock.system.now()
        func left(of patience: Int64) -> Int64 { max(0, start + patience - MediaClock.system.now()) }
        let open = recorders.withLock { $0.all }
        for recorder in open { recorder.close() }
        for recorder in open { await recorder.waitUntilWritten(atMost: left(of: Self.patience.writing)) }
        let keepers = open.compactMap(\.keeper)
        for keeper in keepers { await keeper.ended.wait(atMost: left(of: Self.patience.finalising)) }
        for keeper in keepers where !keeper.ended.isFinished { keeper.hurry() }
        for keeper in keepers { await keeper.ended.wait(atMost: left(of: Self.patience.all)) }
        let unfinished = keepers.count { !$0.ended.isFinished }
        if unfinished > 0 {
            services.logger.warning(
                "the disk is too slow for the end; the next start finishes these meetings",
                metadata: ["meetings": "\(unfinished)"])
        }
        await services.synchronizer.finish(atMost: left(of: Self.patience.all))
        await services.catalogue.finish(atMost: left(of: Self.patience.all))
        await watch.finish(atMost: left(of: Self.patience.all))
        await services.writers.finish(atMost: left(of: Self.patience.all))
        await services.keepers.finish(atMost: left(of: Self.patience.all))
    }
}
