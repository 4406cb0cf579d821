import Foundation
import Measure
import Media
import Testing

@Suite struct BeepDetectorTests {
    /// The detector averages over 5 ms; a pure beep is found to a fraction of a millisecond, one through a
    /// codec within 1 ms.
    static let tolerance: Int64 = 1_000_000

    /// Sound with a 1 kHz beep of 100 ms at each of `onsets` (seconds).
    func sound(
        rate: Int, seconds: Double, onsets: [Double], amplitude: Double = 0.5, frequency: Double = 1000,
        noise: Double = 0, rise: Double = 0
    ) -> [Float] {
        var random = SystemRandomNumberGenerator()
        return (0..<Int(seconds * Double(rate))).map { sample in
            let time = Double(sample) / Double(rate)
            var value = noise > 0 ? Double.random(in: -noise...noise, using: &random) : 0
            for onset in onsets where time >= onset && time < onset + 0.1 {
                let gain = rise > 0 ? min((time - onset) / rise, 1) : 1
                value += gain * amplitude * sin(2 * .pi * frequency * (time - onset))
            }
            return Float(value)
        }
    }

    func detect(_ samples: [Float], rate: Int, frame: Int = 960, channels: Int = 1) -> [Int64] {
        var detector = BeepDetector()
        var onsets: [Int64] = []
        for start in stride(from: 0, to: samples.count, by: frame) {
            let part = samples[start..<min(start + frame, samples.count)]
            let time = MonotonicTime(nanoseconds: 5_000_000_000 + Int64(start) * 1_000_000_000 / Int64(rate))
            let interleaved = part.flatMap { repeatElement($0, count: channels) }
            let frame = AudioFrame(sampleRate: rate, channels: channels, time: time, samples: interleaved)
            onsets += detector.feed(frame).map { $0.nanoseconds - 5_000_000_000 }
        }
        return onsets
    }

    func expect(_ found: [Int64], at onsets: [Double], within tolerance: Int64 = tolerance) {
        #expect(found.count == onsets.count)
        for (found, onset) in zip(found, onsets) { #expect(abs(found - Int64(onset * 1e9)) <= tolerance) }
    }

    @Test(arguments: [8000, 16_000, 44_100, 48_000], [1, 2])
    func onsetsAreFoundAtAnyRate(rate: Int, channels: Int) {
        let onsets = [0.3004, 1.3004, 2.3004]
        let samples = sound(rate: rate, seconds: 3, onsets: onsets)
        expect(detect(samples, rate: rate, channels: channels), at: onsets)
    }

    @Test(arguments: [1, 7, 480, 960, 4800])
    func theLengthOfFramesDoesNotMatter(frame: Int) {
        let samples = sound(rate: 48_000, seconds: 1.5, onsets: [0.5])
        expect(detect(samples, rate: 48_000, frame: frame), at: [0.5])
    }

    @Test func quietBeepsInNoiseAreFound() {
        let samples = sound(rate: 48_000, seconds: 2, onsets: [0.5, 1.5], amplitude: 0.1, noise: 0.02)
        expect(detect(samples, rate: 48_000), at: [0.5, 1.5])
    }

    @Test func anEdgeBluntedByACodecIsStillFound() {
        // A linear rise over 2 ms moves the half-way point by 1 ms.
        let samples = sound(rate: 48_000, seconds: 1, onsets: [0.5], rise: 0.002)
        expect(detect(samples, rate: 48_000), at: [0.501])
    }

    @Test func otherSoundsAreNoBeeps() {
        #expect(detect(sound(rate: 48_000, seconds: 1, onsets: [0.5], frequency: 3000), rate: 48_000).isEmpty)
        #expect(detect(sound(rate: 48_000, seconds: 1, onsets: [], noise: 0.8), rate: 48_000).isEmpty)
        #expect(detect([Float](repeating: 0.5, count: 48_000), rate: 48_000).isEmpty)
    }

    @Test func aBeepWhoseBeginningWasNotHeardIsNotReported() {
        let samples = sound(rate: 48_000, seconds: 1.5, onsets: [0.2, 1.2])
        let late = Array(samples.dropFirst(48 * 230))
        let found = detect(late, rate: 48_000).map { $0 + 230_000_000 }
        expect(found, at: [1.2])
    }

    @Test func theOwnToneIsFoundWhereItBegins() {
        var detector = BeepDetector()
        let clock = stillClock()
        let anchor = PatternAnchor(clock: clock)
        let onsets = toneFrames(200, clock: clock).flatMap { detector.feed($0) }
        #expect(onsets.count == 4)
        for onset in onsets {
            let wall = anchor.wallNanoseconds(at: onset)
            let phase = Int64(PatternAnchor.timeCode(wallNanoseconds: wall) % 1000)
            #expect(phase == 0 || phase == 999)
        }
    }
}
