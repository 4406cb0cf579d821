import Media
import Synchronization

/// What a sound card's thread needs to ask playout for sound.
final class AudioCallback: Sendable {
    private let playout: Playout
    private let clock: MediaClock
    private let channels: Int
    private let rate: Int
    private let latency: Int64
    private let output = Mutex(OutputClock())

    /// For a card that wants `rate` samples a second of `channels` channels and plays them `latency`
    /// nanoseconds later.
    init(playout: Playout, clock: MediaClock, channels: Int, rate: Int, latency: Int64) {
        self.playout = playout
        self.clock = clock
        self.channels = channels
        self.rate = rate
        self.latency = latency
    }

    /// Fills `samples`. On the card's thread.
    func fill(_ samples: UnsafeMutableBufferPointer<Float>) {
        let now = clock.now()
        let duration = Int64(samples.count / channels) * 1_000_000_000 / Int64(rate)
        let audible = output.withLock { $0.audibleAt(now: now, latency: latency, duration: duration) }
        playout.mix(into: samples, channels: channels, rate: rate, now: now, audibleAt: audible)
    }
}
