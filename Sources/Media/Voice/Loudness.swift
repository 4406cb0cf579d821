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
    private var filters: [EarFilter]
    private var energy = 0.0
    private var samples = 0
    /// Of the last steps, the mean square summed over the channels.
    private var steps: [Double] = []
    /// Of all blocks that are not silent, the mean square summed over the channels.
    private var blocks: [(energy: Double, isMarked: Bool)] = []

    /// - Parameter channels: 1 or 2, interleaved.
    public init(channels: Int) {
        self.channels = max(channels, 1)
        filters = Array(repeating: EarFilter(), count: self.channels)
    }

    /// Hears the next samples.
    /// - Parameter mark: marks the blocks that end in them, for instance because somebody speaks.
    public mutating func hear(_ sound: [Float], mark: Bool = false) {
        for index in sound.indices {
            let value = filters[index % channels].pass(Double(sound[index]))
            energy += value * value
            guard index % channels == channels - 1 else { continue }
            samples += 1
            if samples == Self.stepSamples { endStep(mark) }
        }
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
/// high-pass.
private struct EarFilter: Sendable {
    private var shelf = Biquad(
        b: (1.53512485958697, -2.69169618940638, 1.19839281085285), a: (-1.69065929318241, 0.73248077421585))
    private var highPass = Biquad(b: (1, -2, 1), a: (-1.99004745483398, 0.99007225036621))

    mutating func pass(_ value: Double) -> Double { highPass.pass(shelf.pass(value)) }
}

/// A filter of second order.
private struct Biquad: Sendable {
    let b: (Double, Double, Double)
    let a: (Double, Double)
    private var state = (0.0, 0.0)

    init(b: (Double, Double, Double), a: (Double, Double)) {
        self.b = b
        self.a = a
    }

    mutating func pass(_ input: Double) -> Double {
        let finite = input.isFinite ? input : 0
        let output = b.0 * finite + state.0
        state.0 = b.1 * finite - a.0 * output + state.1
        state.1 = b.2 * finite - a.1 * output
        return output
    }
}
