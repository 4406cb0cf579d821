package import Media
import Synchronization

/// All decoders of a pool are taken. One may be free again a moment later.
package struct NoDecoderFree: Error, CustomStringConvertible {
    /// How many there are.
    package let decoders: Int

    /// For people: what is the matter.
    package var description: String { "\(decoders) tracks are decoded already; this one is left out." }
}

/// A few threads that decode for any number of tracks. Each track has a ``DecodeLane``, and the lanes take turns, a packet
/// each. Any thread.
///
/// A thread is started when all that run are busy, up to the pool's number; while nothing is decoded there is none. Where
/// the system has no further thread, those that run do all the work.
package final class DecodePool: Sendable {
    private struct State {
        var threads: [BlockingThread] = []
        /// Threads that wait for a turn.
        var idle = 0
        var openDecoders = 0
    }

    /// Bytes of packets that wait in all lanes of a pool at most.
    private static let maximumWaiting = 256 << 20

    /// What its threads are called.
    package let name: String
    private let maximumThreads: Int
    private let maximumDecoders: Int
    private let turns = Mailbox<DecodeLane>(capacity: 0)
    private let state = Mutex(State())
    private let waiting = Atomic(0)

    /// A pool without threads.
    /// - Parameters:
    ///   - threads: how many decode at the same time at most.
    ///   - decoders: how many decoders may be open at the same time: each takes memory.
    package init(_ name: String, threads: Int, decoders: Int) {
        self.name = name
        maximumThreads = max(threads, 1)
        maximumDecoders = decoders
    }

    /// Gives a lane a turn.
    /// - Throws: ``ThreadError`` where the pool has no thread and gets none: the lane has no turn then.
    package func submit(_ lane: DecodeLane) throws(ThreadError) {
        try startThread()
        turns.put(lane, cost: 0)
    }

    private func startThread() throws(ThreadError) {
        try state.withLock { state throws(ThreadError) in
            guard state.threads.isEmpty || (state.idle == 0 && state.threads.count < maximumThreads) else {
                return
            }
            do throws(ThreadError) {
                let thread = try BlockingThread("\(name)-\(state.threads.count + 1)") { self.work() }
                state.threads.append(thread)
            } catch { if state.threads.isEmpty { throw error } }
        }
    }

    private func work() {
        while true {
            state.withLock { $0.idle += 1 }
            let next = turns.next()
            state.withLock { $0.idle -= 1 }
            guard case .item(let lane) = next else { return }
            guard lane.takeTurn() else { continue }
            // Nobody is ahead of it any more once the pool ends.
            if !turns.put(lane, cost: 0) { while lane.takeTurn() {} }
        }
    }

    /// Makes room for a packet of so many bytes.
    /// - Returns: `false` where too much waits already.
    package func reserve(_ bytes: Int) -> Bool {
        if waiting.wrappingAdd(bytes, ordering: .relaxed).newValue <= Self.maximumWaiting { return true }
        release(bytes)
        return false
    }

    /// A packet does not wait any more.
    package func release(_ bytes: Int) { waiting.wrappingSubtract(bytes, ordering: .relaxed) }

    /// A decoder is about to be opened.
    /// - Throws: ``NoDecoderFree`` until one of the others is closed.
    package func openDecoder() throws(NoDecoderFree) {
        let isAllowed = state.withLock { state in
            guard state.openDecoders < maximumDecoders else { return false }
            state.openDecoders += 1
            return true
        }
        guard isAllowed else { throw NoDecoderFree(decoders: maximumDecoders) }
    }

    /// A decoder was closed.
    package func closeDecoder() { state.withLock { $0.openDecoders -= 1 } }

    /// Threads that were started.
    package var threadCount: Int { state.withLock { $0.threads.count } }

    /// Lets the threads end once all lanes, which must be closed, have decoded what they have. Returns when they have.
    package func finish() async {
        turns.close()
        for thread in state.withLock({ $0.threads }) { await thread.wait() }
    }
}
