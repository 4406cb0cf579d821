import Glibc

/// Tells tones from voices: nearly all of a tone's power is in one or two lines of the spectrum, the strongest higher than
/// any voice's pitch.
///
/// Looks at the last 64 ms, at 8 kHz.
struct ToneDetector: Sendable {
    private static let rate = 8000
    private static let length = 512
    /// Bins on either side of a line that belong to it: a Hann window widens it to 4.
    private static let reach = 2
    /// Share of the power in the two strongest lines from which on it is a tone.
    private static let share: Float = 0.9
    /// Below this, Hz, a single line may be the pitch of a voice.
    private static let leastFrequency = 400

    private let channels: Int
    /// Samples of one channel that become one.
    private let factor: Int
    private var sum: Float = 0
    private var summed = 0
    private var history = [Float](repeating: 0, count: length)

    init(sampleRate: Int, channels: Int) {
        self.channels = channels
        factor = max(sampleRate / Self.rate, 1)
    }

    /// Hears the next samples, interleaved.
    mutating func hear(_ samples: ArraySlice<Float>) {
        var new: [Float] = []
        for (index, sample) in samples.enumerated() {
            sum += sample
            guard index % channels == channels - 1 else { continue }
            summed += 1
            if summed == factor {
                new.append(sum / Float(factor * channels))
                (sum, summed) = (0, 0)
            }
        }
        history = Array((history + new).suffix(Self.length))
    }

    /// Whether the last 64 ms are a tone.
    var isTone: Bool {
        var power = Spectrum.power(of: history)
        // A steady offset is no sound.
        for bin in 0...Self.reach { power[bin] = 0 }
        let total = power.reduce(0, +)
        guard total > 0, total.isFinite else { return false }
        let (first, strongest) = Self.takeLine(from: &power)
        let (_, second) = Self.takeLine(from: &power)
        return first * Self.rate / Self.length >= Self.leastFrequency
            && strongest + second >= Self.share * total
    }

    /// Takes the strongest line out of the spectrum.
    private static func takeLine(from power: inout [Float]) -> (bin: Int, power: Float) {
        guard let peak = power.indices.max(by: { power[$0] < power[$1] }) else { return (0, 0) }
        let bins = max(peak - reach, 0)...min(peak + reach, power.count - 1)
        let sum = power[bins].reduce(0, +)
        for bin in bins { power[bin] = 0 }
        return (peak, sum)
    }
}

/// The discrete Fourier transform of pieces of 512 samples.
enum Spectrum {
    private static let count = 512
    private static let window = (0..<count).map { 0.5 - 0.5 * cosf(2 * .pi * Float($0) / Float(count)) }
    private static let cosines = (0..<count / 2).map { cosf(-2 * .pi * Float($0) / Float(count)) }
    private static let sines = (0..<count / 2).map { sinf(-2 * .pi * Float($0) / Float(count)) }

    /// Where each sample goes: its number with the bits in reverse.
    private static let places = (0..<UInt64(count)).map { number -> Int in
        var (reversed, rest) = (0, number)
        for _ in 0..<count.trailingZeroBitCount {
            reversed = reversed << 1 | Int(rest & 1)
            rest >>= 1
        }
        return reversed
    }

    /// The power in each of the lower half of the bins, under a Hann window.
    static func power(of samples: [Float]) -> [Float] {
        precondition(samples.count == count)
        var real = [Float](repeating: 0, count: count)
        var imaginary = real
        for (index, place) in places.enumerated() { real[place] = samples[index] * window[index] }
        real.withUnsafeMutableBufferPointer { real in
            imaginary.withUnsafeMutableBufferPointer { transform(real, $0) }
        }
        return (0..<count / 2).map { real[$0] * real[$0] + imaginary[$0] * imaginary[$0] }
    }

    /// In place, of numbers in bit-reversed order.
    private static func transform(
        _ real: UnsafeMutableBufferPointer<Float>, _ imaginary: UnsafeMutableBufferPointer<Float>
    ) {
        let (cosines, sines) = (Self.cosines, Self.sines)
        var half = 1
        while half < count {
            for place in 0..<half {
                let turn = place * (count / (2 * half))
                let (cosine, sine) = (cosines[turn], sines[turn])
                var low = place
                while low < count {
                    let high = low + half
                    let x = real[high] * cosine - imaginary[high] * sine
                    let y = real[high] * sine + imaginary[high] * cosine
                    (real[high], imaginary[high]) = (real[low] - x, imaginary[low] - y)
                    real[low] += x
                    imaginary[low] += y
                    low += 2 * half
                }
            }
            half *= 2
        }
    }
}
