import Media
import Synchronization

/// The delay of one participant's media, shared by all of its tracks. Any thread.
final class ParticipantClock: Sendable {
    private struct State: Sendable {
        var estimator: DelayEstimator
        /// How long after its capture the sound is heard at present, and until when that holds.
        var audioDelay: Int64 = 0
        var audioValidUntil: MonotonicTime?
    }

    /// Pictures go by the sound for so long after it was last heard, nanoseconds.
    private static let audioValidity: Int64 = 300_000_000

    private let state: Mutex<State>

    /// A clock with the delay that `configuration` starts with.
    init(_ configuration: PlayoutConfiguration) {
        state = Mutex(State(estimator: DelayEstimator(configuration)))
    }

    /// Something of this participant was ready `lateness` nanoseconds after its capture, and it is `now`.
    func observe(lateness: Int64, at now: MonotonicTime) {
        state.withLock { $0.estimator.observe(lateness: lateness, at: now) }
    }

    /// Sound captured at `mediaTime` is audible at `audibleAt`.
    func played(mediaTime: MonotonicTime, audibleAt: MonotonicTime) {
        state.withLock {
            $0.audioDelay = audibleAt - mediaTime
            $0.audioValidUntil = audibleAt + Self.audioValidity
        }
    }

    /// The delay that sound is steered to, nanoseconds.
    var delay: Int64 { state.withLock { $0.estimator.delay } }

    /// The delay of pictures at `now`: that of the sound as it is heard, where there is some.
    func pictureDelay(at now: MonotonicTime) -> Int64 {
        state.withLock { state in
            if let valid = state.audioValidUntil, now <= valid { return state.audioDelay }
            return state.estimator.delay
        }
    }
}
