/// A stretch of raw sound: 32-bit float samples, interleaved by channel, nominally in -1…1.
public struct AudioFrame: Sendable {
    /// Samples a second of one channel.
    public var sampleRate: Int
    /// Number of channels; `samples.count` is a multiple of it.
    public var channels: Int
    /// When the first sample was taken; see ``VideoFrame/time``.
    public var time: MonotonicTime
    /// Sample 0 of every channel, then sample 1 of every channel, and so on.
    public var samples: [Float]

    /// A stretch of sound from its parts.
    public init(sampleRate: Int, channels: Int, time: MonotonicTime, samples: [Float]) {
        self.sampleRate = sampleRate
        self.channels = channels
        self.time = time
        self.samples = samples
    }

    /// Samples of one channel.
    public var sampleCount: Int { channels > 0 ? samples.count / channels : 0 }

    /// How long it sounds, in nanoseconds.
    public var durationInNanoseconds: Int64 {
        sampleRate > 0 ? Int64(sampleCount) * 1_000_000_000 / Int64(sampleRate) : 0
    }
}
