import Media

/// One track of a source, as its recorder knows it. Confined to the writer that runs the meeting.
final class RecordedTrack {
    static let noKeyframe = "no keyframe came"

    let description: TrackDescription
    /// Parameter sets of the pictures that are recorded; without them none can be.
    var configuration: AVCConfiguration?
    /// Packets for the file that is not open yet.
    var pending: [Packet] = []
    var isRemoved = false
    /// Whether its recording was cut off, so that what comes before the next keyframe is missing in it; and why.
    var isCutOff = false
    var cause = RecordedTrack.noKeyframe
    /// Nanoseconds of the time line at which the last packet lies, and when that came.
    var last: (time: Int64, at: MonotonicTime)?
    /// Nanoseconds of the time line behind which nothing is in a file yet.
    var recordedUntil = Int64.min
    /// The number of the last packet.
    var sequence: UInt32?
    /// Whether it comes by another connection than that packet.
    var isResuming = false
    /// Why nothing of it can be recorded.
    let obstacle: String?

    init(_ description: TrackDescription) {
        self.description = description
        obstacle = description.obstacle
    }

    var isVideo: Bool { description.kind == .video }
    var isReady: Bool { !pending.isEmpty }

    func nanoseconds(_ ticks: Int64) -> Int64 {
        description.timeBase.rescale(ticks, to: .nanoseconds)
    }

    /// Whether a picture is shown so soon after it is decoded that MP4 can say it, in 31 bits of the file's ticks, of which there
    /// are as many a second as of the track's.
    func fits(_ packet: Packet) -> Bool {
        guard isVideo else { return true }
        let (delay, overflow) = packet.pts.subtractingReportingOverflow(packet.dts)
        let ticks = delay.multipliedReportingOverflow(by: Int64(description.timeBase.numerator))
        return !overflow && !ticks.overflow && ticks.partialValue < Int64(Int32.max)
    }

    /// Takes what waits.
    func takePending() -> [Packet] {
        defer { pending = [] }
        return pending
    }
}
