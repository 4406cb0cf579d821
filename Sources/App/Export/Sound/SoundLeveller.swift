import Glibc
package import Media

/// Makes one speaker as loud as all others: by one gain for the whole export, which leaves speech as lively as it was and
/// moves nothing in time, and a limiter for what would be too loud with it.
package struct SoundLeveller: Sendable {
    /// Loudness of every speaker, LUFS.
    package static let target = -20.0
    /// The most by which a speaker is made louder or quieter, dB.
    private static let range = -20.0...30.0
    /// Tenths of a second of speech that say how loud somebody speaks.
    private static let leastSpeech = 10
    /// Without speech, music and the like are made louder from here on, LUFS; what is quieter is noise.
    private static let leastLoudness = -50.0
    /// The greatest magnitude that one speaker's sound has.
    private static let limit: Float = 0.9
    /// Samples of one channel in which the limiter closes: 1 ms.
    private static let attack = 48
    /// The factor by which it opens in a piece: about 8 dB a second.
    private static let release: Float = 1.02

    private let gain: Float
    private var current: Float

    /// - Parameter gain: for all of the sound.
    package init(gain: Float) {
        self.gain = gain
        current = gain
    }

    /// The factor that makes sound as loud as ``target``; 1 where there is only noise.
    package static func gain(for loudness: Loudness) -> Float {
        let speech = loudness.integratedOfMarked(atLeast: leastSpeech)
        let other = loudness.integrated.flatMap { $0 >= leastLoudness ? $0 : nil }
        guard let found = speech ?? other else { return 1 }
        return power(min(max(target - found, range.lowerBound), range.upperBound))
    }

    /// The factor for a gain in dB.
    private static func power(_ decibels: Double) -> Float { Float(pow(10, decibels / 20)) }

    /// Makes the next piece louder or quieter; a piece has about 20 ms.
    package mutating func apply(to samples: inout [Float], channels: Int) {
        let count = samples.count / max(channels, 1)
        guard count > 0 else { return }
        let peak = samples.withUnsafeBufferPointer { $0.reduce(0) { max($0, abs($1)) } }
        let wanted = peak * gain > Self.limit ? Self.limit / peak : gain
        let (from, to) = (current, min(wanted, current * Self.release))
        let ramp = to < from ? min(Self.attack, count) : count
        samples.withUnsafeMutableBufferPointer { samples in
            for index in 0..<count {
                let share = min(Float(index + 1) / Float(ramp), 1)
                let factor = from + (to - from) * share
                for channel in 0..<channels { samples[index * channels + channel] *= factor }
            }
        }
        current = to
    }
}
