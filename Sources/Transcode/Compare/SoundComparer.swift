import Glibc
import LibAV
import Media

/// Measures how much the sounds of two files differ.
package enum SoundComparer {
    /// How much they differ, as ratios of the first one's power to that of the difference.
    package struct Result {
        /// Decibels over all; infinite where nothing differs.
        package var average: Double
        /// Decibels of the worst tenth of a second. What is below −60 dB of full scale counts as that.
        package var minimum: Double
        /// Seconds, from the beginning of its stream, at which the worst tenth is.
        package var minimumAt: Double

        /// Whether the same encoder could have made both from the same source with other rounding: it may put a pulse
        /// elsewhere, but misses nothing. A tenth that is silent in one has 0 dB, a level that is 2 dB off 12 dB over all.
        package var isAlike: Bool { average >= 20 && minimum >= 6 }
    }

    /// Power of a sample that counts as silence, of full scale.
    private static let silence = 1e-6

    /// Compares sample by sample; where one ends before the other, the rest of the other is compared with silence.
    ///
    /// Holds the samples of both in memory, two bytes each.
    /// - Parameter isCancelled: asked after each packet.
    /// - Throws: where one cannot be read, or ``TranscodeError/cancelled``.
    package static func compare(
        _ reference: String, _ other: String, isCancelled: @escaping @Sendable () -> Bool = { false }
    ) throws(TranscodeError) -> Result {
        let was = try Sound.read(reference, isCancelled: isCancelled)
        let now = try Sound.read(other, isCancelled: isCancelled)
        var (signal, noise) = (0.0, 0.0)
        var result = Result(average: .infinity, minimum: .infinity, minimumAt: 0)
        for stream in Set(was.keys).union(now.keys).sorted() {
            let (old, new) = (was[stream]?.samples ?? [], now[stream]?.samples ?? [])
            let second = max(was[stream]?.samplesInSecond ?? 0, now[stream]?.samplesInSecond ?? 0, 1)
            let length = max(1, second / 10)
            let count = max(old.count, new.count)
            // What is left at the end counts with the tenth before it: a few samples of a decaying tone say little.
            let tenths = max(min(1, count), count / length)
            for tenth in 0..<tenths {
                let start = tenth * length
                let end = tenth == tenths - 1 ? count : start + length
                var (power, error) = (0.0, 0.0)
                for index in start..<end {
                    let a = index < old.count ? Double(old[index]) / 32768 : 0
                    let b = index < new.count ? Double(new[index]) / 32768 : 0
                    power += a * a
                    error += (a - b) * (a - b)
                }
                power = max(power, silence * Double(end - start))
                signal += power
                noise += error
                let ratio = decibels(power, error)
                if ratio < result.minimum {
                    (result.minimum, result.minimumAt) = (ratio, Double(start) / Double(second))
                }
            }
        }
        result.average = decibels(signal, noise)
        return result
    }

    private static func decibels(_ signal: Double, _ noise: Double) -> Double {
        noise > 0 ? 10 * log10(signal / noise) : .infinity
    }

    /// All of one stream.
    private struct Sound {
        var samples: [Int16] = []
        /// Of all channels.
        var samplesInSecond = 0

        static func read(
            _ path: String, isCancelled: @escaping @Sendable () -> Bool
        ) throws(TranscodeError) -> [Int: Sound] {
            var sounds: [Int: Sound] = [:]
            try FrameReader.forEach(path, [.audio], isCancelled: isCancelled) { frame, stream in
                guard let samples = frame.sampleValues() else { return }
                sounds[stream.index, default: Sound()].samples += samples
                sounds[stream.index]?.samplesInSecond = frame.sampleRate * frame.channels
            }
            return sounds
        }
    }
}
