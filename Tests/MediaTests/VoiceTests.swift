import Foundation
import Media
import MediaTesting
import Testing

@Suite struct VoiceTests {
    private static let rate = 48_000

    private func readings(_ sound: [Float]) -> [VoiceActivity.Reading] {
        var voice = VoiceActivity(sampleRate: Self.rate, channels: 1)
        // In pieces that fit nothing.
        return stride(from: 0, to: sound.count, by: 1111).flatMap {
            voice.hear(Array(sound[$0..<min($0 + 1111, sound.count)]))
        }
    }

    private func share(_ readings: some Collection<VoiceActivity.Reading>) -> Double {
        Double(readings.count(where: \.isVoice)) / Double(max(readings.count, 1))
    }

    private func sum(_ one: [Float], _ other: [Float]) -> [Float] { zip(one, other).map { $0 + $1 } }

    @Test(arguments: [-20, -48, -60] as [Float])
    func aVoiceIsHeardHoweverQuiet(level: Float) {
        let speech = Voices.speech(seconds: 7, level: level)
        #expect(share(readings(Voices.silence(seconds: 1) + speech).dropFirst(50)) > 0.7)
        // Over a noise 20 dB below it.
        let noise = Voices.noise(seconds: 9, level: level - 20)
        let found = readings(sum(noise, Voices.silence(seconds: 2) + speech))
        #expect(share(found.dropFirst(110)) > 0.7)
        #expect(share(found.prefix(100)) == 0)
    }

    @Test(arguments: [-30, -45, -60] as [Float])
    func noiseIsNoVoiceForLong(level: Float) {
        let found = readings(Voices.noise(seconds: 20, level: level))
        #expect(share(found.dropFirst(Int(12 * 50))) == 0)
        #expect(abs((found.last?.level ?? 0) - level) < 1)
    }

    @Test(arguments: [[1000], [440], [697, 1209], [2000, 2400]] as [[Double]])
    func aToneIsNoVoice(frequencies: [Double]) {
        let tone = Voices.tone(frequencies, seconds: 5, level: -12)
        #expect(share(readings(Voices.silence(seconds: 1) + tone)) == 0)
        let beeps = (0..<10).flatMap { _ in
            Voices.tone(frequencies, seconds: 0.1, level: -12) + Voices.silence(seconds: 0.9)
        }
        #expect(share(readings(beeps)) == 0)
        #expect(readings(beeps).contains { $0.isSound })
    }

    @Test func aClickIsNoVoice() {
        var sound = Voices.silence(seconds: 5)
        for second in 0..<5 {
            sound.replaceSubrange(
                second * Self.rate..<second * Self.rate + 48, with: repeatElement(0.9, count: 48))
        }
        #expect(share(readings(sound)) == 0)
    }

    @Test func whatIsNoNumberIsNoVoice() {
        let broken = [Float](repeating: .nan, count: 48_000) + [Float](repeating: .infinity, count: 48_000)
        #expect(share(readings(broken)) == 0)
        #expect(
            share(
                readings(broken + Voices.silence(seconds: 1) + Voices.speech(seconds: 4, level: -30)).suffix(
                    150)) > 0.7)
    }

    @Test func levelsAreThoseOfTheHeader() {
        #expect(SoundLevel.headerValue(0) == 0)
        #expect(SoundLevel.headerValue(-48.7) == 49)
        #expect(SoundLevel.headerValue(-500) == 127)
        #expect(SoundLevel.headerValue(.nan) == 127)
        #expect(SoundLevel.headerValue(12) == 0)
        #expect(SoundLevel.decibels([1, -1, 1, -1]) == 0)
        #expect(SoundLevel.decibels([Float]()) == SoundLevel.silence)
        #expect(abs(SoundLevel.decibels(Voices.tone([1000], seconds: 1, level: -20)) + 20) < 0.1)
    }
}

/// The cases of EBU Tech 3341 that concern the integrated loudness of stereo sound.
@Suite struct LoudnessTests {
    /// A sine of which each channel has that peak, dB of full scale; its level is 3 dB below.
    private func loudness(_ parts: [(peak: Float, seconds: Double)]) -> Double {
        var meter = Loudness(channels: 2)
        for part in parts {
            let tone = Voices.tone([1000], seconds: part.seconds, level: part.peak - 3.0103)
            meter.hear(tone.flatMap { [$0, $0] })
        }
        return meter.integrated ?? -.infinity
    }

    /// What a meter may be off, LU.
    private static let tolerance = 0.1

    @Test func aSineIsAsLoudAsItsPeak() {
        #expect(abs(loudness([(-23, 20)]) + 23) <= Self.tolerance)
        #expect(abs(loudness([(-33, 20)]) + 33) <= Self.tolerance)
    }

    @Test func whatIsQuietDoesNotCount() {
        #expect(abs(loudness([(-36, 10), (-23, 60), (-36, 10)]) + 23) <= Self.tolerance)
        #expect(
            abs(loudness([(-72, 10), (-36, 10), (-23, 60), (-36, 10), (-72, 10)]) + 23) <= Self.tolerance)
        #expect(abs(loudness([(-26, 20), (-20, 20.1), (-26, 20)]) + 23) <= Self.tolerance)
    }

    @Test func silenceHasNoLoudness() {
        var meter = Loudness(channels: 1)
        meter.hear(Voices.silence(seconds: 3))
        #expect(meter.integrated == nil)
        meter.hear([.nan, .infinity, -.infinity])
        meter.hear(Voices.silence(seconds: 1))
        #expect(meter.integrated == nil)
    }

    @Test func markedBlocksCanBeMeasuredAlone() {
        var meter = Loudness(channels: 1)
        meter.hear(Voices.tone([1000], seconds: 5, level: -50))
        meter.hear(Voices.tone([1000], seconds: 5, level: -20), mark: true)
        let marked = meter.integratedOfMarked(atLeast: 40) ?? 0
        #expect(abs(marked - (-20)) < 0.5 && meter.integratedOfMarked(atLeast: 60) == nil)
    }
}
