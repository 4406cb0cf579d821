import Display
import Media
import Synchronization

/// Where a replay is, and what it is doing: told by the feeder, read by whoever shows it. Any thread.
final class ReplayState: Sendable {
    private struct State {
        var pace: ReplayPace
        var duration: Int64 = 0
        var isPaused = false
        var isAtEnd = false
        var message: (text: String, until: MonotonicTime)?
    }

    /// Nanoseconds for which a message is shown.
    private static let messageTime: Int64 = 4_000_000_000

    private let clock: ReplayClock
    private let state: Mutex<State>

    /// Nothing is replayed yet.
    /// - Parameter speed: the speed at which it begins.
    init(clock: ReplayClock, speed: Double) {
        self.clock = clock
        state = Mutex(State(pace: ReplayPace(start: 0, origin: clock.now(), speed: speed)))
    }

    /// The meeting is so many microseconds long.
    func set(duration: Int64) { state.withLock { $0.duration = duration } }

    /// It goes on from elsewhere, or at another speed.
    func set(pace: ReplayPace) {
        state.withLock { state in
            state.pace = pace
            state.isAtEnd = false
        }
    }

    /// It stands, or goes on.
    func set(isPaused: Bool) { state.withLock { $0.isPaused = isPaused } }

    /// It stands at the end.
    func reachedEnd() { state.withLock { $0.isAtEnd = true } }

    /// Something the viewer should read.
    func say(_ text: String) {
        let until = MediaClock.system.now() + Self.messageTime
        state.withLock { $0.message = (text, until) }
    }

    /// What to show.
    var progress: ReplayProgress {
        let now = clock.now()
        let present = MediaClock.system.now()
        return state.withLock { state in
            let time = state.isAtEnd ? state.duration : state.pace.meetingTime(at: now + -ReplayFeeder.delay)
            return ReplayProgress(
                position: min(max(0, time), state.duration), duration: state.duration,
                speed: state.pace.speed, isPaused: state.isPaused, isAtEnd: state.isAtEnd,
                message: state.message.flatMap { $0.until > present ? $0.text : nil })
        }
    }
}
