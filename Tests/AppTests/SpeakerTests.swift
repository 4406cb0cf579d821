import App
import Media
import MediaTesting
import Testing

/// Who is large in an export, and how loud everybody is.
@Suite struct SpeakerTests {
    private static let rate = 48_000
    private static let window = rate / 10

    /// What a meter says of sound of one channel, ten times a second.
    private func activity(_ sound: [Float]) -> [Float] {
        var voice = VoiceActivity(sampleRate: Self.rate, channels: 1)
        var meter = ActivityMeter()
        return stride(from: 0, to: sound.count - Self.window + 1, by: Self.window).map {
            meter.activity(voice.hear(Array(sound[$0..<$0 + Self.window])))
        }
    }

    /// The sources that are large at the end of each second.
    private func large(_ sounds: [[Float]], seconds: Int) -> [Int] {
        let levels = Dictionary(uniqueKeysWithValues: sounds.enumerated().map { ($0, activity($1)) })
        let changes = SpeakerSchedule.changes(levels, count: seconds * 10)
        return (1...seconds).map { second in
            changes.last { $0.window < second * 10 }?.source ?? -1
        }
    }

    @Test func aQuietSpeakerIsLargeWhoSpeaksAlone() {
        let loud = Voices.speech(seconds: 8, level: -24) + Voices.silence(seconds: 12)
        let quiet = Voices.silence(seconds: 10) + Voices.speech(seconds: 7, level: -48.7, pitch: 210)
        let found = large([loud, quiet + Voices.silence(seconds: 3)], seconds: 20)
        #expect(found[1...8].allSatisfy { $0 == 0 }, "\(found)")
        #expect(found[11...16].allSatisfy { $0 == 1 }, "\(found)")
    }

    @Test func beepsTakeThePlaceOfNobody() {
        let talk = Voices.speech(seconds: 6, level: -30) + Voices.silence(seconds: 6)
        let answer = Voices.silence(seconds: 6) + Voices.speech(seconds: 6, level: -36, pitch: 190)
        let beeps = (0..<12).flatMap { _ in
            Voices.silence(seconds: 0.4) + Voices.tone([1000], seconds: 0.1, level: -6)
                + Voices.silence(seconds: 0.5)
        }
        let found = large([beeps, talk, answer], seconds: 12)
        #expect(found[1...5].allSatisfy { $0 == 1 } && found[7...11].allSatisfy { $0 == 2 }, "\(found)")
    }

    @Test func musicIsShownWhereNobodySpeaks() {
        let music =
            Voices.tone([523, 1046, 659, 784, 2093], seconds: 8, level: -20) + Voices.silence(seconds: 4)
        let talk = Voices.silence(seconds: 8) + Voices.speech(seconds: 4, level: -40)
        let found = large([Voices.noise(seconds: 12, level: -50), music, talk], seconds: 12)
        #expect(found[3...7].allSatisfy { $0 == 1 } && found[9...11].allSatisfy { $0 == 2 }, "\(found)")
    }

    /// Loudness after levelling, LUFS of a sound on both channels.
    private func levelled(_ sound: [Float], noise: Float = -90) -> (loudness: Double, peak: Float) {
        let all = zip(sound, Voices.noise(seconds: Double(sound.count) / 48_000, level: noise)).flatMap {
            [$0 + $1, $0 + $1]
        }
        let before = measured(all)
        var leveller = SoundLeveller(gain: SoundLeveller.gain(for: before))
        var result: [Float] = []
        for start in stride(from: 0, to: all.count, by: 2048) {
            var piece = Array(all[start..<min(start + 2048, all.count)])
            leveller.apply(to: &piece, channels: 2)
            result += piece
        }
        return (measured(result).integrated ?? -100, result.reduce(0) { max($0, abs($1)) })
    }

    private func measured(_ sound: [Float]) -> Loudness {
        var voice = VoiceActivity(sampleRate: Self.rate, channels: 2)
        var loudness = Loudness(channels: 2)
        for start in stride(from: 0, to: sound.count, by: 2 * Self.window) {
            let piece = Array(sound[start..<min(start + 2 * Self.window, sound.count)])
            loudness.hear(piece, mark: voice.hear(piece).contains { $0.isVoice })
        }
        return loudness
    }

    @Test(arguments: [-18, -30, -42, -48] as [Float])
    func everySpeakerComesOutEquallyLoud(level: Float) {
        let sound = Voices.silence(seconds: 1) + Voices.speech(seconds: 12, level: level)
        let found = levelled(sound, noise: level - 30)
        #expect(abs(found.loudness - SoundLeveller.target) < 1.5, "\(found)")
        #expect(found.peak <= 1)
    }

    @Test func noiseStaysNoise() {
        let found = levelled(Voices.silence(seconds: 20), noise: -58)
        #expect(found.loudness < -50, "\(found)")
    }

    @Test func aCryIsLimited() {
        var sound = Voices.silence(seconds: 1) + Voices.speech(seconds: 20, level: -46)
        let cry = Voices.tone([900], seconds: 1, level: -12)
        sound.replaceSubrange(10 * Self.rate..<10 * Self.rate + cry.count, with: cry)
        // The first millisecond may stand out, which the mix bends.
        #expect(levelled(sound).peak < 12)
        var leveller = SoundLeveller(gain: 30)
        var peak: Float = 0
        for start in stride(from: 0, to: cry.count - 1024, by: 1024) {
            var piece = Array(cry[start..<start + 1024])
            leveller.apply(to: &piece, channels: 1)
            if start > 0 { peak = max(peak, piece.reduce(0) { max($0, abs($1)) }) }
        }
        #expect(peak <= 0.91, "\(peak)")
    }

    @Test(arguments: [
        ("a.mp4", ExportFormat.mp4), ("dir.x/A.MKV", .mkv), ("b.mov", .mov), ("c.m4v", .m4v),
    ])
    func theExtensionSaysTheFormat(path: String, format: ExportFormat) throws {
        #expect(try ExportFormat(path: path, isAudioOnly: false) == format)
        #expect(try ExportFormat(path: path, isAudioOnly: true) == format)
    }

    @Test(arguments: ["a", "a.webm", "a.avi", "mp4", "a.mp4/b", "a.", "", "a.m4a", "a.mka"])
    func otherExtensionsAreRefused(path: String) {
        #expect(throws: AppError.self) { try ExportFormat(path: path, isAudioOnly: false) }
    }
}
