import Glibc

/// The loudness of sound as EBU R 128 measures it (ITU-R BS.1770-4): filtered as the ear hears, in blocks of 400 ms of which
/// one begins every 100 ms; blocks of silence do not count.
///
/// Pure. Hears sound of one or two channels at 48 kHz in order.
public struct Loudness: Sendable {
    /// Samples of one channel a second.
    public static let sampleRate = 48_000
    /// One block begins with each step of 100 ms, and is as long as four.
    private static let stepsPerBlock = 4
    private static let stepSamples = sampleRate / 10
    /// Below this, LUFS, a block does not count.
    private static let absoluteGate = -70.0
    /// Nor does one that is so much quieter than the mean of the others, LU.
    private static let relativeGate = -10.0

    private let channels: Int
    private var filter = EarFilter()
    private var energy = 0.0
    private var samples = 0
    /// Of the last steps, the mean square summed over the channels.
    private var steps: [Double] = []
    /// Of all blocks that are not silent, the mean square summed over the channels.
    private var blocks: [(energy: Double, isMarked: Bool)] = []

    /// - Parameter channels: 1 or 2, interleaved.
    public init(channels: Int) {
        self.channels = min(max(channels, 1), 2)
    }

    /// Hears the next samples.
    /// - Parameter mark: marks the blocks that end in them, for instance because somebody speaks.
    public mutating func hear(_ sound: [Float], mark: Bool = false) {
        sound.withUnsafeBufferPointer { sound in
            let frames = sound.count / channels
            var first = 0
            while first < frames {
                let count = min(frames - first, Self.stepSamples - samples)
                hear(UnsafeBufferPointer(rebasing: sound[first * channels..<(first + count) * channels]))
                if samples == Self.stepSamples { endStep(mark) }
                first += count
            }
        }
    }

    /// Hears samples of one step. Both channels at once, and with the filter in registers: a film's sound is long.
    private mutating func hear(_ sound: UnsafeBufferPointer<Float>) {
        var (filter, energy) = (self.filter, self.energy)
        for index in stride(from: 0, to: sound.count, by: channels) {
            let other = channels == 2 ? sound[index + 1] : 0
            let value = filter.pass(SIMD2(Double(sound[index]), Double(other)))
            energy += (value * value).sum()
        }
        samples += sound.count / channels
        (self.filter, self.energy) = (filter, energy)
        self.filter.settle()
    }

    private mutating func endStep(_ mark: Bool) {
        steps.append(energy / Double(Self.stepSamples))
        (energy, samples) = (0, 0)
        if steps.count > Self.stepsPerBlock { steps.removeFirst() }
        guard steps.count == Self.stepsPerBlock else { return }
        let block = steps.reduce(0, +) / Double(Self.stepsPerBlock)
        if Self.loudness(block) >= Self.absoluteGate { blocks.append((block, mark)) }
    }

    /// The integrated loudness, LUFS; `nil` where there was only silence.
    public var integrated: Double? { Self.integrated(blocks.map(\.energy)) }

    /// The integrated loudness of the marked blocks alone, LUFS; `nil` where there are fewer than `count`.
    public func integratedOfMarked(atLeast count: Int) -> Double? {
        let marked = blocks.filter(\.isMarked).map(\.energy)
        return marked.count >= max(count, 1) ? Self.integrated(marked) : nil
    }

    private static func integrated(_ blocks: [Double]) -> Double? {
        guard !blocks.isEmpty else { return nil }
        let gate = loudness(mean(blocks)) + relativeGate
        let counting = blocks.filter { loudness($0) >= gate }
        return counting.isEmpty ? nil : loudness(mean(counting))
    }

    private static func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }

    private static func loudness(_ energy: Double) -> Double {
        energy > 0 && energy.isFinite ? -0.691 + 10 * log10(energy) : -.infinity
    }
}

/// The filter that ITU-R BS.1770-4 puts before the measurement, annex 1, tables 1 and 2: a shelf for what the head does, and a
/// high-pass. Of two channels.
private struct EarFilter: Sendable {
    private var shelf = Biquad(
        b: (1.53512485958697, -2.69169618940638, 1.19839281085285), a: (-1.69065929318241, 0.73248077421585))
    private var highPass = Biquad(b: (1, -2, 1), a: (-1.99004745483398, 0.99007225036621))

    @inline(__always)
    mutating func pass(_ value: SIMD2<Double>) -> SIMD2<Double> { highPass.pass(shelf.pass(value)) }

    /// Forgets what nobody could hear any more.
    mutating func settle() {
        shelf.settle()
        highPass.settle()
    }
}

/// A filter of second order, of two channels.
private struct Biquad: Sendable {
    let b: (Double, Double, Double)
    let a: (Double, Double)
    private var state = (SIMD2<Double>.zero, SIMD2<Double>.zero)
    /// In silence the state would shrink to numbers with which a processor is many times slower.
    private static let inaudible = 1e-30

    init(b: (Double, Double, Double), a: (Double, Double)) {
        self.b = b
        self.a = a
    }

    @inline(__always)
    mutating func pass(_ input: SIMD2<Double>) -> SIMD2<Double> {
        // The difference is 0 for all numbers but the infinite, and what is none.
        let finite = input.replacing(with: 0, where: (input - input) .!= 0)
        let output = b.0 * finite + state.0
        state.0 = b.1 * finite - a.0 * output + state.1
        state.1 = b.2 * finite - a.1 * output
        return output
    }

    mutating func settle() {
        for lane in 0..<2 where abs(state.0[lane]) < Self.inaudible && abs(state.1[lane]) < Self.inaudible {
            (state.0[lane], state.1[lane]) = (0, 0)
        }
    }
}
