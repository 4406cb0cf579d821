import Media
import Synchronization

/// What a sound card's thread needs to ask playout for sound.
final class AudioCallback: Sendable {
    private let playout: Playout
    private let clock: MediaClock
    private let channels: Int
    private let rate: Int
    private let output = Mutex(OutputClock())

    /// For a card that wants `rate` samples a second of `channels` channels.
    init(playout: Playout, clock: MediaClock, channels: Int, rate: Int) {
        self.playout = playout
        self.clock = clock
        self.channels = channels
        self.rate = rate
    }

    /// Fills `samples`, of which the first is heard `latency` nanoseconds from now. On the card's thread; one call at a time.
    func fill(_ samples: UnsafeMutableBufferPointer<Float>, latency: Int64) {
        let now = clock.now()
        let duration = Int64(samples.count / channels) * 1_000_000_000 / Int64(rate)
        let audible = output.withLock { $0.audibleAt(now: now, latency: latency, duration: duration) }
        playout.mix(into: samples, channels: channels, rate: rate, now: now, audibleAt: audible)
    }

    /// The card stood still: what comes next is not heard right after what came before.
    func startAgain() { output.withLock { $0 = OutputClock() } }
}
