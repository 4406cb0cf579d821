import LibAV
import Media

/// Joins what lies before and behind a jump of the time stamps of a transport stream that was cut or whose encoder began
/// anew.
///
/// One jump moves all streams by the same amount, so that sound and picture stay together.
struct TimeContinuity {
    /// Jumps below it may be gaps in the recording, which are kept.
    private static let threshold: Int64 = 10_000_000_000
    /// What is added to time stamps now, nanoseconds.
    private var offset: Int64 = 0
    /// Where each stream goes on, nanoseconds.
    private var expected: [Int: Int64] = [:]

    /// Moves the packet's time stamps.
    /// - Returns: nanoseconds by which they jump here, `nil` where they do not.
    mutating func adjust(_ packet: borrowing OwnedPacket, _ timeBase: TimeBase) -> Int64? {
        guard let stamp = packet.dts ?? packet.pts else { return nil }
        let raw = timeBase.rescale(stamp, to: .nanoseconds)
        let index = packet.streamIndex
        var jump: Int64?
        if let next = expected[index] {
            let delta = raw &+ offset &- next
            if delta.magnitude > UInt64(Self.threshold) {
                offset = offset &- delta
                jump = delta
            }
        }
        let ticks = TimeBase.nanoseconds.rescale(offset, to: timeBase)
        packet.pts = packet.pts.map { $0 &+ ticks }
        packet.dts = packet.dts.map { $0 &+ ticks }
        expected[index] = raw &+ offset &+ timeBase.rescale(max(0, packet.duration), to: .nanoseconds)
        return jump
    }
}
