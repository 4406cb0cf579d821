import Codec
import Glibc
import Testing

/// Sound at another speed.
@Suite("Audio tempo")
struct AudioTempoTests {
    private static let rate = 48_000
    /// The share of its amplitude that overlapping may cost a pure tone.
    private static let ripple = 0.05
    /// How far the frequency may be off, as a share: one period more or less in the 0.4 s that are counted of 220 Hz.
    private static let detuning = 0.015

    private func tone(_ frequency: Double, seconds: Double, channels: Int = 1) -> [Float] {
        (0..<Int(seconds * Double(Self.rate))).flatMap { index in
            (0..<channels).map { channel in
                let sample = 0.5 * sin(2 * Double.pi * frequency * Double(index) / Double(Self.rate))
                return Float(channel == 0 ? sample : -sample)
            }
        }
    }

    /// Frames of 20 ms, as a decoder gives them.
    private func convert(_ samples: [Float], tempo: Double, channels: Int = 1) -> (
        samples: [Float], positions: [Double]
    ) {
        var converter = AudioTempo(tempo: tempo, sampleRate: Self.rate, channels: channels)
        var result: (samples: [Float], positions: [Double]) = ([], [])
        let step = Self.rate / 50 * channels
        for start in stride(from: 0, to: samples.count, by: step) {
            let output = converter.process(Array(samples[start..<min(start + step, samples.count)]))
            guard !output.samples.isEmpty else { continue }
            let made = Double(result.samples.count / channels)
            #expect(abs(output.position - made * tempo) < 1, "positions follow the tempo")
            result.samples += output.samples
            result.positions.append(output.position)
        }
        return result
    }

    @Test(arguments: [0.5, 0.75, 1.5, 2, 4], [220.0, 1000, 3000])
    func durationChangesAndPitchDoesNot(tempo: Double, frequency: Double) {
        let result = convert(tone(frequency, seconds: 2), tempo: tempo).samples
        let seconds = Double(result.count) / Double(Self.rate)
        #expect(abs(seconds - 2 / tempo) < 0.06, "\(seconds) s")
        let middle = result[(result.count / 10)..<(result.count * 9 / 10)]
        let crossings = zip(middle, middle.dropFirst()).count { $0 < 0 && $1 >= 0 }
        let found = Double(crossings) / (Double(middle.count) / Double(Self.rate))
        #expect(abs(found / frequency - 1) < Self.detuning, "\(found) Hz")
        let peak = Double(middle.max() ?? 0)
        #expect(abs(peak / 0.5 - 1) < Self.ripple, "\(peak)")
    }

    @Test func channelsStayTogether() {
        let result = convert(tone(440, seconds: 1, channels: 2), tempo: 2, channels: 2).samples
        #expect(result.count.isMultiple(of: 2) && result.count > Self.rate * 9 / 10)
        #expect(stride(from: 0, to: result.count, by: 2).allSatisfy { result[$0] == -result[$0 + 1] })
    }

    @Test func silenceStaysSilent() {
        let result = convert([Float](repeating: 0, count: Self.rate), tempo: 3).samples
        #expect(!result.isEmpty && result.allSatisfy { $0 == 0 })
    }
}
