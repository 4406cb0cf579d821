import Logging
import Media

/// Packets that are missing in the archive: collected for a second for the journal, and for as long as it lasts for the log.
/// Pure: time is given.
struct LossReport {
    /// What is missing of one track.
    struct Loss {
        let track: UInt32
        var participant: String
        var packets: Int
        var reason: String
    }

    private struct Logged {
        var packets = 0
        var tracks: Set<UInt32> = []
        /// When some were lost last.
        var last: MonotonicTime
        /// Whether the log knows that it has begun.
        var isSaid = false
    }

    private var losses: [UInt32: Loss] = [:]
    /// By reason, of which there are few.
    private var logged: [String: Logged] = [:]
    private var next = MonotonicTime(nanoseconds: .min)
    private var now = MonotonicTime(nanoseconds: .min)
    private static let interval: Int64 = 1_000_000_000
    /// Nanoseconds without a further loss after which it is over.
    private static let quiet: Int64 = 3_000_000_000

    /// When there is something to report.
    var due: MonotonicTime? {
        losses.isEmpty ? logged.values.map { $0.last + Self.quiet }.min() : next
    }

    /// Packets of a track are lost.
    mutating func add(
        _ track: UInt32, of participant: String, packets: Int, reason: String, now: MonotonicTime
    ) {
        var loss = losses[track] ?? Loss(track: track, participant: participant, packets: 0, reason: reason)
        loss.packets &+= packets
        loss.reason = reason
        losses[track] = loss
        var entry = logged[reason] ?? Logged(last: now)
        entry.packets &+= packets
        entry.tracks.insert(track)
        entry.last = now
        logged[reason] = entry
    }

    /// What was lost since the last call, in the order of the tracks.
    mutating func take(now: MonotonicTime) -> [Loss] {
        defer { losses = [:] }
        self.now = now
        next = now + Self.interval
        return losses.values.sorted { $0.track < $1.track }
    }

    /// Tells the log what has begun, and what is over.
    /// - Parameter isLast: whether all of it is over.
    mutating func log(_ logger: Logger, isLast: Bool) {
        for (reason, entry) in logged.sorted(by: { $0.key < $1.key }) {
            let isOver = isLast || now >= entry.last + Self.quiet
            if isOver || !entry.isSaid {
                logger.warning(
                    isOver
                        ? "packets are missing in the archive" : "packets begin to be missing in the archive",
                    metadata: [
                        "packets": "\(entry.packets)", "tracks": "\(entry.tracks.count)",
                        "reason": "\(reason)",
                    ])
            }
            logged[reason] = isOver ? nil : entry
            if !isOver { logged[reason]?.isSaid = true }
        }
    }
}
