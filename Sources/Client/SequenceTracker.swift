/// Counts the packets of one track that did not arrive, by the gaps in their sequence numbers. Pure.
package struct SequenceTracker: Sendable {
    private var next: UInt32?
    /// Packets that did not arrive since the first that did.
    package private(set) var missing = 0

    /// Nothing arrived yet.
    package init() {}

    /// Takes note that the track was not received for some time on purpose: what comes next is no gap.
    package mutating func restart() { next = nil }

    /// Takes the next packet's number; one that goes backwards starts the count anew without a gap.
    package mutating func add(_ sequence: UInt32) {
        if let next {
            let gap = sequence &- next
            if gap < 1 << 31 { missing += Int(gap) }
        }
        next = sequence &+ 1
    }
}
