import Codec
package import Media
import Synchronization

/// What the sound of all sources is like, found by hearing it once before it is mixed.
///
/// Several threads may ask; the first one does the work, and the others wait for it.
final class SoundSurvey: Sendable {
    /// One source's sound.
    struct Finding: Sendable {
        /// How much somebody speaks, 0 to 1, ten times a second.
        var activity: [Float] = []
        /// The factor that makes the speaker as loud as all others.
        var gain: Float = 1
    }

    private let sources: [RecordedSource]
    private let timeline: ExportTimeline
    private let isCancelled: @Sendable () -> Bool
    private let known = Mutex<[Int: Finding]?>(nil)

    /// - Parameter isCancelled: asked often; `true` ends it early.
    init(
        sources: [RecordedSource], timeline: ExportTimeline, isCancelled: @escaping @Sendable () -> Bool
    ) {
        self.sources = sources
        self.timeline = timeline
        self.isCancelled = isCancelled
    }

    /// What was found, by the index of the source; sources without sound are missing.
    func findings() throws -> [Int: Finding] {
        try known.withLock { known in
            if let known { return known }
            var result: [Int: Finding] = [:]
            for (index, source) in sources.enumerated() where source.files.contains(where: \.hasAudio) {
                result[index] = try hear(source)
            }
            known = result
            return result
        }
    }

    private func hear(_ source: RecordedSource) throws -> Finding {
        let reader = SoundReader(source, range: timeline.range)
        var voice = VoiceActivity(sampleRate: FileAudioEncoder.sampleRate, channels: SoundReader.channels)
        var loudness = Loudness(channels: SoundReader.channels)
        var meter = ActivityMeter()
        var finding = Finding()
        let window = SpeakerSchedule.windowSamples
        for number in 0..<SpeakerSchedule.windowCount(timeline) where !isCancelled() {
            var samples = [Float](repeating: 0, count: window * SoundReader.channels)
            try reader.add(to: &samples, at: number * window)
            let readings = voice.hear(samples)
            loudness.hear(samples, mark: readings.contains(where: \.isVoice))
            finding.activity.append(meter.activity(readings))
        }
        finding.gain = SoundLeveller.gain(for: loudness)
        return finding
    }
}

/// How much somebody speaks in a stretch of sound.
package struct ActivityMeter: Sendable {
    /// A voice so far above the noise, dB, counts wholly.
    private static let fullProminence: Float = 30
    /// What the faintest voice counts.
    private static let leastVoice: Float = 0.3
    /// What is no voice counts so much, and only when it has lasted for so many stretches: music does, a beep does not.
    private static let sound: (activity: Float, stretches: Int) = (0.1, 10)
    private var stretches = 0

    /// A meter that has heard nothing.
    package init() {}

    /// 0 to 1, for the next stretch, a tenth of a second.
    package mutating func activity(_ readings: [VoiceActivity.Reading]) -> Float {
        guard !readings.isEmpty else { return 0 }
        let isSound = readings.allSatisfy(\.isSound)
        stretches = isSound ? stretches + 1 : 0
        let voices = readings.filter(\.isVoice)
        guard !voices.isEmpty else { return stretches >= Self.sound.stretches ? Self.sound.activity : 0 }
        let prominence = voices.map(\.prominence).max() ?? 0
        let strength = min(max(prominence / Self.fullProminence, Self.leastVoice), 1)
        return strength * Float(voices.count) / Float(readings.count)
    }
}
