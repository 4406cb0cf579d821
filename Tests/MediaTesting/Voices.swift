import Foundation

/// Made sound, 48 kHz, one channel. Levels are those of its mean square, dB of full scale.
public enum Voices {
    private static let rate = 48_000.0

    /// Nothing.
    public static func silence(seconds: Double) -> [Float] {
        [Float](repeating: 0, count: Int(seconds * rate))
    }

    /// One or more sines of equal strength.
    public static func tone(_ frequencies: [Double], seconds: Double, level: Float) -> [Float] {
        scaled(
            (0..<Int(seconds * rate)).map { index in
                frequencies.reduce(0) { $0 + sin(2 * .pi * $1 * Double(index) / rate) }
            }, level)
    }

    /// White noise.
    public static func noise(seconds: Double, level: Float, seed: UInt64 = 1) -> [Float] {
        var generator = SeededGenerator(seed: seed)
        return scaled(
            (0..<Int(seconds * rate)).map { _ in Double.random(in: -1...1, using: &generator) }, level)
    }

    /// Syllables: four a second, with pauses between words, of a voice whose pitch wanders; each has vowels that differ.
    public static func speech(seconds: Double, level: Float, pitch: Double = 120) -> [Float] {
        let vowels: [[Double]] = [
            [700, 1220, 2600], [300, 870, 2240], [390, 1990, 2550], [530, 1840, 2480],
        ]
        var phase = 0.0
        let sound = (0..<Int(seconds * rate)).map { index -> Double in
            let time = Double(index) / rate
            let syllable = Int(time * 4)
            let within = time * 4 - Double(syllable)
            phase += pitch * (1 + 0.15 * sin(2 * .pi * 0.7 * time) + 0.02 * sin(2 * .pi * 5 * time)) / rate
            guard syllable % 7 != 6, within < 0.85 else { return 0 }
            let formants = vowels[syllable % vowels.count]
            let value = (1...24).reduce(0.0) { sum, harmonic in
                let frequency = pitch * Double(harmonic)
                let gain = formants.reduce(0.02) { $0 + 1 / (1 + pow(($1 - frequency) / 90, 2)) }
                return sum + gain / Double(harmonic).squareRoot() * sin(2 * .pi * phase * Double(harmonic))
            }
            return value * sin(.pi * within / 0.85)
        }
        return scaled(sound, level)
    }

    private static func scaled(_ sound: [Double], _ level: Float) -> [Float] {
        let power = sound.reduce(0) { $0 + $1 * $1 } / Double(max(sound.count, 1))
        let factor = power > 0 ? pow(10, Double(level) / 20) / power.squareRoot() : 0
        return sound.map { Float($0 * factor) }
    }
}
