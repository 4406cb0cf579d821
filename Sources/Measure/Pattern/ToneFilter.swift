internal import Glibc

/// The amplitude of 1 kHz in the last few milliseconds of a sound.
struct ToneFilter: Sendable {
    private let step: Double
    private var phase = 0.0
    private var position = 0
    private var cosines: [Double]
    private var sines: [Double]
    private var squares: [Double]
    private var sum = (cosine: 0.0, sine: 0.0, square: 0.0)

    /// A filter that averages over `seconds`.
    init(sampleRate: Int, seconds: Double) {
        step = 2 * Double.pi * 1000 / Double(sampleRate)
        let count = max(Int(seconds * Double(sampleRate)), 1)
        cosines = Array(repeating: 0, count: count)
        sines = cosines
        squares = cosines
    }

    /// Hears one sample.
    mutating func push(_ sample: Double) {
        let cosine = sample * cos(phase)
        let sine = sample * sin(phase)
        sum.cosine += cosine - cosines[position]
        sum.sine += sine - sines[position]
        sum.square += sample * sample - squares[position]
        cosines[position] = cosine
        sines[position] = sine
        squares[position] = sample * sample
        position = (position + 1) % squares.count
        phase += step
        if phase > 2 * Double.pi { phase -= 2 * Double.pi }
        // Sums that are only ever added to and taken from drift: begin anew with each turn of the memory.
        if position == 0 {
            sum = (cosines.reduce(0, +), sines.reduce(0, +), squares.reduce(0, +))
        }
    }

    /// Amplitude of the tone.
    var amplitude: Double {
        2 * (sum.cosine * sum.cosine + sum.sine * sum.sine).squareRoot() / Double(squares.count)
    }

    /// Mean power of the whole sound; a tone's is half the square of its amplitude.
    var power: Double { max(sum.square, 0) / Double(squares.count) }
}
