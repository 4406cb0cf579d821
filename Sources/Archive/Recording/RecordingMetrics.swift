public import CoreMetrics

/// What the archive counts, through swift-metrics. May be used from any thread; everything here is done seldom, never for
/// each packet.
public struct RecordingMetrics: Sendable {
    private let factory: any MetricsFactory
    private let segments: Counter
    private let finalised: Counter
    private let openSegments: Meter
    private let durableBytes: Counter
    private let syncTime: CoreMetrics.Timer
    private let syncFailures: Counter
    private let failures: Counter
    private let filesWaiting: Meter
    private let behind: Meter
    private let diskBehind: Meter

    /// Counts with what `factory` makes.
    public init(factory: any MetricsFactory) {
        func counter(_ label: String) -> Counter {
            Counter(label: label, dimensions: [], factory: factory)
        }
        self.factory = factory
        segments = counter("convene_recording_segments_total")
        finalised = counter("convene_recording_finalised_total")
        openSegments = Meter(label: "convene_recording_open_segments", dimensions: [], factory: factory)
        durableBytes = counter("convene_recording_durable_bytes_total")
        syncTime = CoreMetrics.Timer(
            label: "convene_recording_sync_seconds", dimensions: [], factory: factory)
        syncFailures = counter("convene_recording_sync_failures_total")
        failures = counter("convene_recording_failures_total")
        filesWaiting = Meter(label: "convene_recording_waiting_files", dimensions: [], factory: factory)
        behind = Meter(label: "convene_recording_behind_seconds", dimensions: [], factory: factory)
        diskBehind = Meter(label: "convene_recording_sync_behind_seconds", dimensions: [], factory: factory)
    }

    /// A file was begun.
    func began() {
        segments.increment()
        openSegments.increment()
    }

    /// A file ended, as plain MP4 where all went well.
    func ended(isFinalised: Bool) {
        openSegments.decrement()
        if isFinalised { finalised.increment() }
    }

    /// So many more bytes are on the disk, so many nanoseconds after they were written.
    func synced(bytes: Int64, after nanoseconds: Int64) {
        durableBytes.increment(by: max(0, bytes))
        syncTime.recordNanoseconds(nanoseconds)
    }

    /// The disk refused to sync a file.
    func syncFailed() { syncFailures.increment() }

    /// Packets are missing in the archive. There are few reasons, all of them ours.
    func lost(packets: Int, reason: String) {
        Counter(
            label: "convene_recording_lost_packets_total", dimensions: [("reason", reason)], factory: factory
        ).increment(by: packets)
    }

    /// So many more files, or fewer, wait to be finalised.
    func waits(files: Int) { filesWaiting.increment(by: Double(files)) }

    /// How long, in nanoseconds, the oldest waits of what came and is not written, and of what is written and not on the disk.
    func behind(recorder: Int64, disk: Int64) {
        behind.set(Double(recorder) / 1e9)
        diskBehind.set(Double(disk) / 1e9)
    }

    /// The recording of a meeting failed.
    func failed() { failures.increment() }
}
