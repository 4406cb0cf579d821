import Media

/// One track of a source, as its recorder knows it. Confined to the writer that runs the meeting.
final class RecordedTrack {
    static let noKeyframe = "no keyframe came"

    let id: UInt32
    let description: TrackDescription
    let isVideo: Bool
    /// Parameter sets of the pictures that are recorded; without them none can be.
    var configuration: AVCConfiguration?
    /// Packets for the file that is not open yet.
    private(set) var pending: [Packet] = []
    private var pendingBytes = 0 { didSet { charge?.set(pendingBytes) } }
    private let charge: MemoryCharge?
    /// What may wait for a file that is not open yet.
    private static let mostPending = (packets: 4096, bytes: 8 << 20)
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

    /// - Parameter memory: in which is counted what waits.
    init(_ id: UInt32, _ description: TrackDescription, memory: MemoryBudget?) {
        self.id = id
        self.description = description
        isVideo = description.kind == .video
        charge = memory.map { MemoryCharge(.recorder, budget: $0) }
        obstacle = description.obstacle
    }

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
        defer { (pending, pendingBytes) = ([], 0) }
        return pending
    }

    /// Lets a packet wait.
    /// - Returns: `false` where more waits now than may.
    func hold(_ packet: Packet) -> Bool {
        pending.append(packet)
        pendingBytes += Self.size(packet)
        return pending.count <= Self.mostPending.packets && pendingBytes <= Self.mostPending.bytes
    }

    /// Drops the oldest of what waits down to half of what may, but for the newest packet.
    /// - Returns: how many packets were dropped.
    func dropOldest() -> Int {
        var (count, bytes) = (0, pendingBytes)
        while count < pending.count - 1,
            pending.count - count > Self.mostPending.packets / 2 || bytes > Self.mostPending.bytes / 2
        {
            bytes -= Self.size(pending[count])
            count += 1
        }
        pending.removeFirst(count)
        pendingBytes = bytes
        return count
    }

    /// The fixed part counts for the memory that even an empty packet takes.
    private static func size(_ packet: Packet) -> Int { packet.payload.count + 128 }
}
