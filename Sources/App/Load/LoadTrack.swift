/// One published track, as all of its receivers see it: when each packet was sent. Confined to the load's event loop.
final class LoadTrack {
    /// Packets whose time of sending is kept: more than a minute of sound.
    private static let kept = 4096

    private var times = [Int64](repeating: 0, count: kept)
    /// Number of the next packet.
    private(set) var next: UInt32 = 0

    /// A packet is sent at `now`, in nanoseconds.
    /// - Returns: its number.
    func send(now: Int64) -> UInt32 {
        defer { next &+= 1 }
        times[Int(next) % Self.kept] = now
        return next
    }

    /// When the packet of that number was sent; `nil` where that is not known any more.
    func sent(_ sequence: UInt32) -> Int64? {
        let age = next &- sequence
        guard age >= 1, age <= Self.kept else { return nil }
        return times[Int(sequence) % Self.kept]
    }
}

/// How far one subscriber is in one track.
package struct TrackProgress: Sendable {
    /// What a packet was.
    package enum Arrival: Equatable, Sendable {
        /// The next one, after so many that did not come.
        case inOrder(missing: Int)
        /// One from before.
        case outOfOrder
    }

    /// Number of the packet that is expected; `nil` before the first.
    package private(set) var next: UInt32?

    /// Nothing came yet.
    package init() {}

    /// Takes the number of the packet that came. Numbers wrap around.
    package mutating func take(_ sequence: UInt32) -> Arrival {
        guard let expected = next else {
            next = sequence &+ 1
            return .inOrder(missing: 0)
        }
        let gap = sequence &- expected
        guard gap < 1 << 31 else { return .outOfOrder }
        next = sequence &+ 1
        return .inOrder(missing: Int(gap))
    }
}
