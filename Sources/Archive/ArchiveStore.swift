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
    private let software: [String: String]
    private let logger: Logger
    private let clock: MediaClock
    private let synchronizer: DiskSynchronizer
    private let upkeep: ArchiveUpkeep
    private let metrics: RecordingMetrics
    private let recorders = Mutex<[MeetingRecorder]>([])
    private let continuations: InterruptedMeetings

    /// Opens the archive: makes its folder where there is none, and recovers what a crash left unfinished.
    /// - Parameters:
    ///   - software: names and versions for the manifests, in addition to FFmpeg's.
    ///   - metrics: makes what is counted.
    public init(
        _ configuration: ArchiveConfiguration, software: [String: String], logger: Logger,
        clock: MediaClock = .system, metrics: any MetricsFactory = MetricsSystem.factory
    ) throws(ArchiveError) {
        try MeetingFolder.make(configuration.path, mayExist: true)
        self.configuration = configuration
        self.software = software.merging(MediaLibraries.versions) { own, _ in own }
        self.logger = logger
        self.clock = clock
        self.metrics = RecordingMetrics(factory: metrics)
        do throws(ThreadError) {
            synchronizer = try DiskSynchronizer(logger: logger, metrics: self.metrics, clock: clock)
        } catch { throw .thread(error) }
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
        do throws(ThreadError) {
            upkeep = try ArchiveUpkeep(archive: configuration.path, logger: logger)
        } catch { throw .thread(error) }
    }

    /// The folder of all meetings.
    public var path: String { configuration.path }

    /// Begins to record a meeting in `room`. Its folder is made with the first track. Where the end of an earlier run of the
    /// server interrupted a meeting in that room a moment ago, that one goes on: the recorder's ``MeetingRecorder/past``
    /// tells.
    /// - Parameters:
    ///   - meeting: tells the meeting from every other one in the room; an earlier run's is told by the past.
    ///   - records: `false` where nothing is recorded until a participant asks for it.
    public func record(
        room: String, meeting: UInt64 = .random(in: .min ... .max), callbacks: RecorderCallbacks,
        records: Bool = true
    ) throws(ThreadError) -> MeetingRecorder {
        let interrupted = continuations.take(room)
        let recorder = try MeetingRecorder(
            room: room, meeting: interrupted?.meeting.meeting ?? meeting, records: records,
            continuing: interrupted?.meeting, people: interrupted?.people ?? [],
            configuration: configuration, callbacks: callbacks,
            synchronizer: synchronizer, upkeep: upkeep, metrics: metrics, software: software, logger: logger,
            clock: clock)
        recorders.withLock { recorders in
            recorders.removeAll(where: \.isFinished)
            recorders.append(recorder)
        }
        return recorder
    }

    /// Closes all meetings, and returns when every file is finalised and on the disk.
    public func finish() async {
        let open = recorders.withLock { $0 }
        for recorder in open { recorder.close() }
        for recorder in open { await recorder.waitUntilFinished() }
        await synchronizer.finish()
        await upkeep.finish()
    }
}
