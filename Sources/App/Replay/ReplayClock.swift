import Media
import Synchronization

/// The clock by which a replay is shown: as fast as the machine's, but it can stand still. Any thread.
final class ReplayClock: Sendable {
    private struct State {
        /// Nanoseconds that are added to the machine's time while it runs.
        var offset: Int64 = 0
        /// Where it stands.
        var stopped: MonotonicTime?
    }

    private let machine: MediaClock
    private let state: Mutex<State>

    /// A clock that stands.
    init(_ machine: MediaClock) {
        self.machine = machine
        state = Mutex(State(stopped: machine.now()))
    }

    /// The present instant.
    func now() -> MonotonicTime {
        let present = machine.now()
        return state.withLock { $0.stopped ?? present + $0.offset }
    }

    /// Lets it stand, if it does not.
    func stop() {
        let present = machine.now()
        state.withLock { if $0.stopped == nil { $0.stopped = present + $0.offset } }
    }

    /// Lets it go on from where it stands.
    func start() {
        let present = machine.now()
        state.withLock { state in
            guard let stopped = state.stopped else { return }
            state.offset = stopped - present
            state.stopped = nil
        }
    }

    /// Moves it on by so many nanoseconds where it stands.
    func skip(_ nanoseconds: Int64) {
        state.withLock { state in state.stopped = state.stopped.map { $0 + nanoseconds } }
    }

    /// When the machine's clock will be where this one is at `instant`; `nil` while it stands.
    func machineTime(of instant: MonotonicTime) -> MonotonicTime? {
        state.withLock { $0.stopped == nil ? instant + -$0.offset : nil }
    }

    /// The same as others take it.
    var mediaClock: MediaClock {
        MediaClock(monotonic: { [self] in now() }, wall: { [machine] in machine.wallNanoseconds() })
    }
}
