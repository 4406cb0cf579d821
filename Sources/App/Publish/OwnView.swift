import Glibc
import Media
import Synchronization

/// What a person sees of what they send: a small picture, and how loud the microphone is. Any thread.
final class OwnView: Sendable {
    private struct State {
        var picture: VideoFrame?
        var hasNew = false
        var nextPicture = MonotonicTime(nanoseconds: .min)
        var level: Float = 0
    }

    /// The picture fits into this.
    static let size = (width: 320, height: 180)
    /// Nanoseconds from one picture to the next at least: it costs the time of the thread that encodes.
    private static let interval: Int64 = 60_000_000
    /// The quietest sound that is shown, in decibels below full scale.
    private static let floor: Float = 60

    private let state = Mutex(State())

    /// Whether a picture taken at `time` would be shown.
    func wants(_ time: MonotonicTime) -> Bool {
        state.withLock { state in
            guard time >= state.nextPicture else { return false }
            state.nextPicture = time + Self.interval
            return true
        }
    }

    /// Shows a picture; `nil` for none.
    func show(_ picture: VideoFrame?) {
        state.withLock { state in
            state.picture = picture
            state.hasNew = true
        }
    }

    /// The picture where it has changed since the last call.
    func takePicture() -> VideoFrame?? {
        state.withLock { state in
            guard state.hasNew else { return nil }
            state.hasNew = false
            return .some(state.picture)
        }
    }

    /// How loud the microphone is, from 0 to 1 on a scale of decibels; falls slowly.
    var level: Float { state.withLock(\.level) }

    /// Takes note of 20 ms of sound.
    func hear(_ samples: [Float]) {
        let peak = samples.reduce(0) { max($0, abs($1)) }
        let decibels = peak > 0 ? 20 * log10(peak) : -Self.floor
        let new = min(max(1 + decibels / Self.floor, 0), 1)
        state.withLock { $0.level = max(new, $0.level - 0.04) }
    }

    /// The microphone is muted.
    func hearNothing() { state.withLock { $0.level = 0 } }
}
