import Media
import Synchronization

/// One video track of playout: its queue and its participant's clock. Any thread.
final class VideoTrack: Sendable {
    private struct State: Sendable {
        var queue: VideoQueue
        var filter: LatenessFilter
    }

    let id: UInt32
    let participant: String
    private let clock: ParticipantClock
    private let state: Mutex<State>

    init(
        id: UInt32, participant: String, clock: ParticipantClock, added: MonotonicTime,
        configuration: PlayoutConfiguration
    ) {
        self.id = id
        self.participant = participant
        self.clock = clock
        state = Mutex(State(queue: VideoQueue(configuration), filter: LatenessFilter(added: added)))
    }

    /// What comes next is a burst, as at the beginning.
    func startAgain(at now: MonotonicTime) { state.withLock { $0.filter = LatenessFilter(added: now) } }

    func push(_ frame: VideoFrame, ready: MonotonicTime) {
        // A peer's clock may tell any time.
        let lateness = ready.nanoseconds.saturatingSubtract(frame.time.nanoseconds)
        if state.withLock({ $0.filter.accepts(time: frame.time, lateness: lateness) }) {
            clock.observe(lateness: lateness, at: ready)
        }
        let delay = clock.pictureDelay(at: ready)
        state.withLock { $0.queue.push(frame, delay: delay, now: ready) }
    }

    func takeDue(now: MonotonicTime) -> VideoFrame? {
        let delay = clock.pictureDelay(at: now)
        return state.withLock { $0.queue.takeDue(delay: delay, now: now) }
    }

    func nextDue(now: MonotonicTime) -> MonotonicTime? {
        let delay = clock.pictureDelay(at: now)
        return state.withLock { $0.queue.nextDue(delay: delay) }
    }

    var statistics: TrackPlayoutStatistics {
        let delay = clock.delay
        return state.withLock { state in
            var statistics = TrackPlayoutStatistics(kind: .video, participant: participant)
            statistics.queued = state.queue.count
            statistics.presented = state.queue.presented
            statistics.skippedLate = state.queue.skipped
            statistics.dropped = state.queue.dropped
            statistics.delayInNanoseconds = delay
            return statistics
        }
    }
}
