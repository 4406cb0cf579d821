/// Finds the packets of one track that did not arrive, by the gaps in their sequence numbers. Pure.
package struct SequenceTracker: Sendable {
    private var next: UInt32?

    /// Nothing arrived yet.
    package init() {}

    /// Takes note that the track was not received for some time on purpose: what comes next is no gap.
    package mutating func restart() { next = nil }

    /// Takes the next packet's number; one that goes backwards starts the count anew without a gap.
    /// - Returns: how many packets are missing in front of it.
    package mutating func add(_ sequence: UInt32) -> Int {
        defer { next = sequence &+ 1 }
        guard let next else { return 0 }
        let gap = sequence &- next
        guard gap < 1 << 31 else { return 0 }
        return Int(gap)
    }
}
