import Media

/// Adds up the sound of all tracks. Confined to whoever holds it; memory is fixed.
struct AudioMixer: Sendable {
    /// Samples of one channel mixed at a time.
    static let blockLength = 1024

    /// Room for one block of one track, two channels.
    private var scratch = [Float](repeating: 0, count: AudioMixer.blockLength * 2)

    /// Adds at most ``blockLength`` samples of each channel of `track` to `out`, interleaved in `channels`
    /// channels, and notes them in `log`.
    mutating func add(
        _ track: AudioTrack, to out: UnsafeMutableBufferPointer<Float>, channels: Int, rate: Int,
        audibleAt: MonotonicTime, log: PlayedSoundLog?
    ) {
        let frames = out.count / channels
        scratch.withUnsafeMutableBufferPointer { scratch in
            let (played, sourceChannels) = track.render(
                into: scratch, frames: frames, rate: rate, audibleAt: audibleAt)
            Self.sum(scratch, channels: sourceChannels, into: out, channels: channels)
            guard let log, let played else { return }
            let start = played.first * sourceChannels
            let part = scratch[start..<start + played.count * sourceChannels]
            log.append(
                PlayedSoundLog.Stretch(
                    track: track.id, channels: sourceChannels, rate: rate, mediaTime: played.mediaTime,
                    audibleAt: audibleAt + Int64(played.first) * 1_000_000_000 / Int64(rate)),
                UnsafeBufferPointer(rebasing: part))
        }
    }

    /// Bends what goes beyond ±0.8 so that it stays below ±1.
    static func clip(_ samples: UnsafeMutableBufferPointer<Float>) {
        for index in samples.indices where abs(samples[index]) > 0.8 {
            let excess = (abs(samples[index]) - 0.8) / 0.2
            // Slope 1 at the knee, 1 in the limit.
            let bent = 0.8 + 0.2 * excess / (1 + excess)
            samples[index] = samples[index] < 0 ? -bent : bent
        }
    }

    private static func sum(
        _ source: UnsafeMutableBufferPointer<Float>, channels sourceChannels: Int,
        into out: UnsafeMutableBufferPointer<Float>, channels: Int
    ) {
        for frame in 0..<out.count / channels {
            let left = source[frame * sourceChannels]
            let right = source[frame * sourceChannels + sourceChannels - 1]
            if channels == 1 {
                out[frame] += (left + right) * 0.5
            } else {
                out[frame * channels] += left
                out[frame * channels + 1] += right
            }
        }
    }
}
