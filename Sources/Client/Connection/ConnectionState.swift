import Media
import NIOCore
import Synchronization
import Wire

/// What the event loop writes and every thread may read.
final class ConnectionState: Sendable {
    private struct State {
        var clock = ServerClock()
        var missing: [TrackID: Int] = [:]
        var isClosed = false
        var welcome: Welcome?
    }

    private let state = Mutex(State())
    /// When something came last, nanoseconds.
    private let heard = Atomic<Int64>(0)
    private let closePromise: EventLoopPromise<CloseReason>

    init(loop: any EventLoop) { closePromise = loop.makePromise() }

    var whenClosed: EventLoopFuture<CloseReason> { closePromise.futureResult }

    /// What the server said last when it let us in.
    var welcome: Welcome? { state.withLock { $0.welcome } }

    func welcomed(_ welcome: Welcome) { state.withLock { $0.welcome = welcome } }

    /// The server may be another one, with another clock.
    func forgetClock() { state.withLock { $0.clock = ServerClock() } }

    /// When something came from the server last.
    var lastHeard: MonotonicTime {
        get { MonotonicTime(nanoseconds: heard.load(ordering: .relaxed)) }
        set { heard.store(newValue.nanoseconds, ordering: .relaxed) }
    }

    /// Whether the offset to the server's clock is known.
    var isSynchronised: Bool { state.withLock { $0.clock.isSynchronised } }

    var isClosed: Bool { state.withLock { $0.isClosed } }

    var roundTrip: Int64 { state.withLock { $0.clock.roundTrip * 1000 } }

    func serverTime(at time: MonotonicTime) -> Int64 { state.withLock { $0.clock.serverTime(at: time) } }

    func localTime(ofServer time: Int64) -> MonotonicTime {
        state.withLock { $0.clock.localTime(ofServer: time) }
    }

    func addSample(sent: Int64, received: Int64, server: Int64) {
        state.withLock { $0.clock.add(sent: sent, received: received, server: server) }
    }

    func addMissing(_ count: Int, on track: TrackID) {
        state.withLock { $0.missing[track, default: 0] += count }
    }

    /// A track ended, or another one begins with its number.
    func forgetMissing(on track: TrackID) { state.withLock { $0.missing[track] = nil } }

    func missing(on track: TrackID) -> Int { state.withLock { $0.missing[track] ?? 0 } }

    /// The channel is gone. Once.
    func closed(_ reason: CloseReason) {
        let isFirst = state.withLock { state in
            defer { state.isClosed = true }
            return !state.isClosed
        }
        if isFirst { closePromise.succeed(reason) }
    }
}
