/// Makes sound faster or slower without changing its pitch, by overlapping and adding pieces of it that are alike
/// (WSOLA: Verhelst and Roelands, ICASSP 1993).
///
/// Each piece of the result continues the one before as it went on in the input, and fades into the input at the place
/// where the tempo wants it to be, moved by up to 10 ms to where both are most alike. Confined to one thread.
public struct AudioTempo {
    /// Sound of the result.
    public struct Output: Sendable {
        /// Interleaved samples.
        public var samples: [Float]
        /// Which sample of one channel of the input, counted from the first, the first sample of the result belongs to.
        public var position: Double
    }

    /// How much faster than the input the result is.
    public let tempo: Double
    private let channels: Int
    /// Samples of one channel in a piece: 15 ms.
    private let step: Int
    /// Samples of one channel by which a piece is moved at most: 10 ms.
    private let reach: Int
    private var input: [Float] = []
    /// The mean of the channels, for finding what is alike.
    private var mono: [Float] = []
    /// Index in the whole input of the first sample that is held.
    private var start = 0
    private var pieces = 0
    /// Index in the whole input where the last piece goes on.
    private var continuation = 0
    private static let coarse = 4

    /// A converter for interleaved sound.
    /// - Parameter tempo: 0.25 to 8; 2 is twice as fast.
    public init(tempo: Double, sampleRate: Int, channels: Int) {
        self.tempo = min(max(tempo, 0.25), 8)
        self.channels = max(channels, 1)
        step = max(sampleRate * 15 / 1000, 16)
        reach = max(sampleRate / 100, 4)
    }

    /// Takes the next samples, and gives what has become complete.
    public mutating func process(_ samples: [Float]) -> Output {
        input += samples
        for index in 0..<(samples.count / channels) {
            var sum: Float = 0
            for channel in 0..<channels { sum += samples[index * channels + channel] }
            mono.append(sum / Float(channels))
        }
        var output = Output(samples: [], position: nominal)
        while start + mono.count >= max(Int(nominal) + reach, continuation) + step + 1 {
            append(to: &output.samples)
            forget()
        }
        return output
    }

    /// Where in the input the next piece belongs.
    private var nominal: Double { Double(pieces * step) * tempo }

    private mutating func append(to output: inout [Float]) {
        let place = pieces == 0 ? 0 : bestPlace()
        let (old, new) = ((continuation - start) * channels, (place - start) * channels)
        output.reserveCapacity(output.count + step * channels)
        for index in 0..<step {
            let share = Float(index) / Float(step)
            for channel in 0..<channels {
                let offset = index * channels + channel
                output.append(input[old + offset] * (1 - share) + input[new + offset] * share)
            }
        }
        continuation = place + step
        pieces += 1
    }

    /// The place near the nominal one at which the input is most like the continuation.
    private func bestPlace() -> Int {
        let middle = Int(nominal)
        let first = max(middle - reach, start)
        var best = place(
            of: stride(from: first, through: middle + reach, by: Self.coarse), every: Self.coarse)
        let near = max(best - Self.coarse + 1, first)...min(best + Self.coarse - 1, middle + reach)
        best = place(of: stride(from: near.lowerBound, through: near.upperBound, by: 1), every: 1)
        return best
    }

    private func place(of places: StrideThrough<Int>, every stride: Int) -> Int {
        mono.withUnsafeBufferPointer { mono in
            var best = (place: Int(nominal), likeness: -Float.infinity)
            for place in places {
                var (product, energy): (Float, Float) = (0, 1e-9)
                var index = 0
                while index < step {
                    let (a, b) = (mono[continuation - start + index], mono[place - start + index])
                    product += a * b
                    energy += b * b
                    index += stride
                }
                let likeness = product / energy.squareRoot()
                if likeness > best.likeness { best = (place, likeness) }
            }
            return best.place
        }
    }

    /// Lets go of input that is not needed any more.
    private mutating func forget() {
        let needed = min(continuation, Int(nominal) - reach)
        let surplus = min(needed - start, mono.count)
        guard surplus > step * 8 else { return }
        input.removeFirst(surplus * channels)
        mono.removeFirst(surplus)
        start += surplus
    }
}
