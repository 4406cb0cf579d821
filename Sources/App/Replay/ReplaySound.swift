import Codec
import Media

/// Gives decoded sound its time in the replay, and its tempo.
struct ReplaySound {
    private let pace: ReplayPace
    private let sampleRate: Int
    private let channels: Int
    private var tempo: AudioTempo
    /// Samples of one channel that went in since ``tempo`` was new.
    private var taken = 0
    /// Microseconds of the meeting at which the next sample is expected.
    private var expected: Int64?
    /// A hole of more than this in the sound, microseconds, stays a hole.
    private static let discontinuity: Int64 = 30_000

    init(pace: ReplayPace, sampleRate: Int, channels: Int) {
        self.pace = pace
        self.sampleRate = sampleRate
        self.channels = channels
        tempo = AudioTempo(tempo: pace.speed, sampleRate: sampleRate, channels: channels)
    }

    /// The sound as it is played; `nil` where nothing of it is complete yet.
    mutating func frame(_ samples: [Float], meetingTime time: Int64) -> AudioFrame? {
        guard pace.speed != 1 else { return frame(samples, at: pace.instant(of: time)) }
        if let expected, abs(time - expected) > Self.discontinuity {
            tempo = AudioTempo(tempo: pace.speed, sampleRate: sampleRate, channels: channels)
            taken = 0
        }
        let count = samples.count / channels
        let output = tempo.process(samples)
        // The result begins before these samples by as much as the converter still held.
        let earlier = (output.position - Double(taken)) * 1_000_000 / Double(sampleRate)
        taken += count
        expected = time + Int64(count) * 1_000_000 / Int64(sampleRate)
        return output.samples.isEmpty
            ? nil : frame(output.samples, at: pace.instant(of: time + Int64(earlier)))
    }

    private func frame(_ samples: [Float], at instant: MonotonicTime) -> AudioFrame {
        AudioFrame(sampleRate: sampleRate, channels: channels, time: instant, samples: samples)
    }
}
