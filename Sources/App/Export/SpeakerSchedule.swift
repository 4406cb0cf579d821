import Codec

/// Who speaks when, by the level of the sound.
enum SpeakerSchedule {
    /// Levels are taken ten times a second.
    private static let windowsPerSecond = 10
    private static let windowSamples = FileAudioEncoder.sampleRate / windowsPerSecond
    /// Root mean square below which nobody speaks (about -46 dB).
    private static let silence: Float = 0.005
    /// How much louder than the present speaker another must be.
    private static let lead: Float = 1.5
    /// Windows for which somebody stays large at least.
    private static let minimumStay = 15
    /// Share of a new window in the smoothed level: about half a second counts.
    private static let freshness: Float = 0.2

    /// Reads the sound of all sources once.
    /// - Parameter isCancelled: asked often; `true` ends it early.
    /// - Returns: from which picture on who is large.
    static func find(
        sources: [RecordedSource], timeline: ExportTimeline, isCancelled: () -> Bool
    ) throws -> [(frame: Int, source: Int)] {
        var levels: [Int: [Float]] = [:]
        let count = Int(timeline.duration) * windowsPerSecond / 1_000_000
        for (index, source) in sources.enumerated() where source.files.contains(where: \.hasAudio) {
            let reader = SoundReader(source, range: timeline.range)
            levels[index] = try (0..<count).map { window in
                guard !isCancelled() else { return 0 }
                var samples = [Float](repeating: 0, count: windowSamples * SoundReader.channels)
                try reader.add(to: &samples, at: window * windowSamples)
                let energy = samples.reduce(0) { $0 + $1 * $1 } / Float(samples.count)
                return energy.squareRoot()
            }
        }
        // A further source of a participant, for instance a shared film, speaks for the tile that is its own.
        let owners = levels.filter { sources[$0.key].isShown }
        return changes(owners, count: count).map { change in
            (
                timeline.frame(showing: timeline.range.lowerBound + Int64(change.window) * 100_000),
                change.source
            )
        }
    }

    /// From which window on who is large.
    static func changes(_ levels: [Int: [Float]], count: Int) -> [(window: Int, source: Int)] {
        var smooth = levels.mapValues { _ in Float(0) }
        var result: [(window: Int, source: Int)] = []
        for window in 0..<count {
            for (index, level) in levels {
                smooth[index, default: 0] += freshness * (level[window] - (smooth[index] ?? 0))
            }
            guard let loudest = smooth.max(by: { ($0.value, $1.key) < ($1.value, $0.key) }),
                loudest.value > silence
            else { continue }
            if let last = result.last {
                guard last.source != loudest.key, window - last.window >= minimumStay,
                    loudest.value > lead * (smooth[last.source] ?? 0)
                else { continue }
            }
            result.append((window, loudest.key))
        }
        if result.isEmpty, let first = levels.keys.min() { result = [(0, first)] }
        return result
    }
}
