import Media
import Synchronization

/// One audio track of playout: its stream and its participant's clock. Any thread.
final class AudioTrack: Sendable {
    private struct State: Sendable {
        var stream: AudioStream
        var filter: LatenessFilter
        /// Counts of streams that another sample rate ended.
        var earlier: TrackPlayoutStatistics
    }

    let id: UInt32
    let participant: String
    private let clock: ParticipantClock
    private let maximumQueued: Int64
    private let state: Mutex<State>

    init(
        id: UInt32, participant: String, clock: ParticipantClock, sampleRate: Int, channels: Int,
        added: MonotonicTime, configuration: PlayoutConfiguration
    ) {
        self.id = id
        self.participant = participant
        self.clock = clock
        maximumQueued = configuration.maximumAudioInNanoseconds
        state = Mutex(
            State(
                stream: AudioStream(sampleRate: sampleRate, channels: channels, maximumQueued: maximumQueued),
                filter: LatenessFilter(added: added),
                earlier: TrackPlayoutStatistics(kind: .audio, participant: participant)))
    }

    /// What comes next is a burst, as at the beginning.
    func startAgain(at now: MonotonicTime) { state.withLock { $0.filter = LatenessFilter(added: now) } }

    /// Takes a frame that is `ready` now. Sound must be ready `lead` nanoseconds before it is audible.
    func push(_ frame: AudioFrame, ready: MonotonicTime, lead: Int64) {
        guard frame.sampleRate > 0 else { return }
        // A peer's clock may tell any time.
        let lateness = ready.nanoseconds.saturatingSubtract(frame.time.nanoseconds).saturatingAdd(lead)
        if state.withLock({ $0.filter.accepts(time: frame.time, lateness: lateness) }) {
            clock.observe(lateness: lateness, at: ready)
        }
        state.withLock { state in
            if frame.sampleRate != state.stream.sampleRate {
                state.earlier = Self.sum(state)
                state.stream = AudioStream(
                    sampleRate: frame.sampleRate, channels: state.stream.channels,
                    maximumQueued: maximumQueued)
            }
            state.stream.push(frame)
        }
    }

    /// Writes the samples that are audible from `audibleAt` on to `out`, which holds `frames` of two
    /// channels.
    func render(
        into out: UnsafeMutableBufferPointer<Float>, frames: Int, rate: Int, audibleAt: MonotonicTime
    ) -> (played: AudioStream.Played?, channels: Int) {
        let target = audibleAt + -clock.delay
        let (played, channels) = state.withLock { state in
            (
                state.stream.render(into: out, frames: frames, rate: rate, target: target),
                state.stream.channels
            )
        }
        if let played {
            let offset = Int64(played.first) * 1_000_000_000 / Int64(rate)
            clock.played(mediaTime: played.mediaTime, audibleAt: audibleAt + offset)
        }
        return (played, channels)
    }

    var statistics: TrackPlayoutStatistics {
        let delay = clock.delay
        return state.withLock { state in
            var statistics = Self.sum(state)
            statistics.queued = state.stream.queued
            statistics.delayInNanoseconds = delay
            return statistics
        }
    }

    private static func sum(_ state: State) -> TrackPlayoutStatistics {
        var sum = state.earlier
        sum.presented += state.stream.played
        sum.skippedLate += state.stream.skipped
        sum.dropped += state.stream.dropped
        sum.underruns += state.stream.underruns
        sum.gaps += state.stream.gaps
        return sum
    }
}
