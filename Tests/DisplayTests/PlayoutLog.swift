import Display
import Media
import Synchronization

/// Remembers what playout showed and played.
final class PlayoutLog: PlayoutObserver {
    struct Shown: Sendable {
        var track: UInt32
        var captured: MonotonicTime
        var at: MonotonicTime
        var delay: Int64 { at - captured }
    }

    struct Heard: Sendable {
        var track: UInt32
        var captured: MonotonicTime
        var audibleAt: MonotonicTime
        var samples: [Float]
        var channels: Int
        var delay: Int64 { audibleAt - captured }
    }

    private struct State: Sendable {
        var shown: [Shown] = []
        var heard: [Heard] = []
    }

    private let state = Mutex(State())

    init() {}

    var shown: [Shown] { state.withLock { $0.shown } }
    var heard: [Heard] { state.withLock { $0.heard } }

    func presented(track: UInt32, frame: VideoFrame, at time: MonotonicTime) {
        state.withLock { $0.shown.append(Shown(track: track, captured: frame.time, at: time)) }
    }

    func played(
        track: UInt32, samples: UnsafeBufferPointer<Float>, channels: Int, rate: Int,
        mediaTime: MonotonicTime,
        audibleAt: MonotonicTime
    ) {
        state.withLock {
            $0.heard.append(
                Heard(
                    track: track, captured: mediaTime, audibleAt: audibleAt, samples: Array(samples),
                    channels: channels))
        }
    }

    /// When each pulse (see ``Meeting``) became audible.
    func pulses(after start: MonotonicTime) -> [MonotonicTime] {
        var onsets: [MonotonicTime] = []
        for stretch in heard where stretch.audibleAt > start {
            let frames = stretch.samples.count / stretch.channels
            for frame in 0..<frames where stretch.samples[frame * stretch.channels] > 0.25 {
                let time = stretch.audibleAt + Int64(frame) * 1_000_000_000 / 48_000
                if onsets.last.map({ time - $0 > 500_000_000 }) ?? true { onsets.append(time) }
            }
        }
        return onsets
    }
}
