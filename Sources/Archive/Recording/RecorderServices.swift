import Logging
import Media

/// What the recorders of an archive have in common.
struct RecorderServices: Sendable {
    let configuration: ArchiveConfiguration
    /// The threads that write.
    let writers: DeadlinePool
    /// The threads that wait for the disk: finalising, manifests.
    let keepers: DeadlinePool
    let synchronizer: DiskSynchronizer
    let catalogue: ArchiveUpkeep
    let health: ArchiveHealth
    let allowances: OpeningLedger
    let metrics: RecordingMetrics
    /// Names and versions for the manifests.
    let software: [String: String]
    let logger: Logger
    let clock: MediaClock
}
