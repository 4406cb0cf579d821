import Codec

/// Who is large when, by who speaks.
package enum SpeakerSchedule {
    /// Activity is taken ten times a second.
    private static let windowsPerSecond = 10
    /// Samples of one channel in a window.
    static let windowSamples = FileAudioEncoder.sampleRate / windowsPerSecond
    /// Smoothed activity below which nobody speaks.
    private static let least: Float = 0.05
    /// How much more active than the present speaker another must be.
    private static let lead: Float = 1.5
    /// Windows for which somebody stays large at least.
    private static let minimumStay = 15
    /// Share of a new window in the smoothed activity: about half a second counts.
    private static let freshness: Float = 0.2

    /// Windows in an export.
    static func windowCount(_ timeline: ExportTimeline) -> Int {
        Int(timeline.duration) * windowsPerSecond / 1_000_000
    }

    /// From which picture on who is large.
    static func find(
        sources: [RecordedSource], timeline: ExportTimeline, findings: [Int: SoundSurvey.Finding]
    ) -> [(frame: Int, source: Int)] {
        // A further source of a participant, for instance a shared film, speaks for the tile that is its own.
        let owners = findings.filter { sources[$0.key].isShown }.mapValues(\.activity)
        return changes(owners, count: windowCount(timeline)).map { change in
            (
                timeline.frame(showing: timeline.range.lowerBound + Int64(change.window) * 100_000),
                change.source
            )
        }
    }

    /// From which window on who is large.
    /// - Parameter activity: of each source in each window, 0 to 1; windows that are missing are 0.
    package static func changes(_ activity: [Int: [Float]], count: Int) -> [(window: Int, source: Int)] {
        var smooth = activity.mapValues { _ in Float(0) }
        var result: [(window: Int, source: Int)] = []
        for window in 0..<count {
            for (index, values) in activity {
                let value = values.indices.contains(window) ? values[window] : 0
                smooth[index, default: 0] += freshness * (value - (smooth[index] ?? 0))
            }
            guard let loudest = smooth.max(by: { ($0.value, $1.key) < ($1.value, $0.key) }),
                loudest.value > least
            else { continue }
            if let last = result.last {
                guard last.source != loudest.key, window - last.window >= minimumStay,
                    loudest.value > lead * (smooth[last.source] ?? 0)
                else { continue }
            }
            result.append((window, loudest.key))
        }
        if result.isEmpty, let first = activity.keys.min() { result = [(0, first)] }
        return result
    }
}
