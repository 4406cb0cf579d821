package import Media
import Synchronization

/// What decodes one track. Its lane calls it from one thread at a time.
package protocol TrackDecoder: AnyObject, Sendable {
    /// Decodes a packet and hands on what is ready.
    /// - Throws: ``NoDecoderFree`` if the packet cannot be decoded now, otherwise what makes further packets useless. A
    ///   damaged packet is no error.
    func decode(_ packet: Packet) throws
    /// A packet is dropped because no decoder is free, or because it depends on one that was.
    /// - Parameter error: the reason, with the first packet of the track only.
    func dropped(_ error: NoDecoderFree?)
    /// Lets go of the decoder: nothing comes for a while, and what comes then begins with a keyframe.
    func rest()
    /// Hands on what the decoder still holds, and lets go of it. No packet follows.
    func finish() throws
    /// Something went wrong for good; no further call follows.
    func failed(_ error: any Error)
}

/// The packets of one track that wait for their decoder, in order. Any thread; writers never wait.
///
/// While the pool has no decoder free, packets are dropped, and the lane tries again at each keyframe. Every packet of sound
/// is one.
package final class DecodeLane: Sendable {
    private enum Item: Sendable {
        case packet(Packet, cost: Int)
        case rest
    }

    private struct State {
        /// Whether it has a turn in the pool, or is having it.
        var isScheduled = false
        var isClosed = false
        /// Whether the decoder takes nothing more.
        var isOver = false
        /// Packets that are not decoded yet.
        var pending = 0
        var hasComplained = false
        /// Whether the last packet found no decoder: what depends on it is of no use.
        var awaitsKeyframe = false
        var hasDropped = false
    }

    private let items: Mailbox<Item>
    private let pool: DecodePool
    private let decoder: any TrackDecoder
    private let state = Mutex(State())

    /// A lane in front of `decoder`, in which packets of `capacity` bytes wait at most.
    package init(_ decoder: any TrackDecoder, pool: DecodePool, capacity: Int) {
        self.decoder = decoder
        self.pool = pool
        items = Mailbox(capacity: capacity)
    }

    /// Puts a packet behind the others.
    /// - Parameter waits: whether it may be left lying until ``schedule()``.
    /// - Returns: `false`, and nothing is kept, where there is no room or the lane is over.
    package func put(_ packet: Packet, waits: Bool = false) -> Bool {
        let cost = packet.payload.count + 128
        guard state.withLock({ !$0.isOver }), pool.reserve(cost) else { return false }
        state.withLock { $0.pending += 1 }
        guard items.put(.packet(packet, cost: cost), cost: cost) else {
            taken(cost)
            return false
        }
        if !waits { schedule() }
        return true
    }

    /// The decoder is let go of behind what waits.
    package func rest() {
        items.put(.rest, cost: 0)
        schedule()
    }

    /// Sees to it that what waits is decoded.
    package func schedule() {
        let isDue = state.withLock { state in
            guard !state.isScheduled, !state.isOver, state.isClosed || items.count > 0 else { return false }
            state.isScheduled = true
            return true
        }
        guard isDue else { return }
        do { try pool.submit(self) } catch {
            let isFirst = state.withLock { state in
                defer { state.hasComplained = true }
                state.isScheduled = false
                return !state.hasComplained
            }
            // The next packet tries again.
            if isFirst { decoder.failed(error) }
        }
    }

    /// No packet follows. What waits is still decoded.
    package func close() {
        items.close()
        state.withLock { $0.isClosed = true }
        schedule()
    }

    /// Whether everything that it was given is decoded, or it is over.
    package var isIdle: Bool { state.withLock { $0.pending == 0 || $0.isOver } }

    /// Does one thing that waits. On a thread of the pool.
    /// - Returns: whether there is more to do.
    package func takeTurn() -> Bool {
        do {
            switch items.take() {
            case .packet(let packet, let cost):
                defer { taken(cost) }
                try decode(packet)
            case .rest: decoder.rest()
            case nil:
                if state.withLock({ $0.isClosed && !$0.isOver }) {
                    try decoder.finish()
                    state.withLock { $0.isOver = true }
                }
            }
        } catch {
            items.close()
            state.withLock { $0.isOver = true }
            decoder.rest()
            decoder.failed(error)
        }
        return state.withLock { state in
            state.isScheduled = items.count > 0 || (state.isClosed && !state.isOver)
            return state.isScheduled
        }
    }

    private func decode(_ packet: Packet) throws {
        let (isOver, awaitsKeyframe) = state.withLock { ($0.isOver, $0.awaitsKeyframe) }
        guard !isOver else { return }
        guard !awaitsKeyframe || packet.isKeyframe else { return decoder.dropped(nil) }
        do {
            try decoder.decode(packet)
            if awaitsKeyframe { state.withLock { $0.awaitsKeyframe = false } }
        } catch let error as NoDecoderFree {
            let isFirst = state.withLock { state in
                defer { state.hasDropped = true }
                state.awaitsKeyframe = true
                return !state.hasDropped
            }
            decoder.dropped(isFirst ? error : nil)
        }
    }

    private func taken(_ cost: Int) {
        pool.release(cost)
        state.withLock { $0.pending -= 1 }
    }
}
