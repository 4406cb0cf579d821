internal import Media
internal import Synchronization

/// Hands a device's packets from the thread that reads them to the one that uses them. Any thread.
///
/// Holds at most a second of sound. Where more comes, the newest is dropped: the clock's count then shows it
/// as missing.
final class SoundMailbox: Sendable {
    /// One packet of the device's.
    struct Delivery: Sendable {
        /// Interleaved samples.
        var samples: [Float]
        /// When the last of them arrived.
        var arrival: MonotonicTime
        /// The reader had to wait for them.
        var isFresh: Bool
    }

    /// What the reader has for the one who asks.
    enum Content: Sendable {
        case delivery(Delivery)
        case nothing
        case ended(reason: String)
    }

    private struct State {
        var deliveries: [Delivery] = []
        var valueCount = 0
        var end: String?
        var isClosed = false
    }

    private let limit: Int
    private let state = Mutex(State())

    /// A mailbox for `limit` values: the samples of all channels in a second.
    init(limit: Int) { self.limit = limit }

    /// Puts a packet in. Returns `false` once nobody takes any more.
    func put(_ delivery: Delivery) -> Bool {
        state.withLock { state in
            if !state.isClosed, state.valueCount + delivery.samples.count <= limit {
                state.deliveries.append(delivery)
                state.valueCount += delivery.samples.count
            }
            return !state.isClosed
        }
    }

    /// Tells that nothing more comes.
    func end(reason: String) { state.withLock { $0.end = $0.end ?? reason } }

    /// Takes the oldest packet.
    func take() -> Content {
        state.withLock { state in
            guard state.deliveries.isEmpty else {
                let first = state.deliveries.removeFirst()
                state.valueCount -= first.samples.count
                return .delivery(first)
            }
            return state.end.map { .ended(reason: $0) } ?? .nothing
        }
    }

    /// Tells the reader to end.
    func close() { state.withLock { $0.isClosed = true } }
}
