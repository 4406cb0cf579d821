package import Media

/// How far flash and beep of one participant are apart when they are shown and heard.
package struct SyncStatistics: Sendable {
    private var flashes: [MonotonicTime] = []
    private var beeps: [MonotonicTime] = []
    private var lastTimeCode: UInt32?
    private var detector = BeepDetector()
    package private(set) var offsets = LatencySamples()
    /// Mean of the signed offsets in ms: positive where the picture comes after the sound.
    private var sum = 0.0

    /// How much faster than it was captured it is shown.
    private let speed: Double

    private static let window = 500_000_000.0
    private static let keep: Int64 = 2_000_000_000

    /// Nothing measured yet.
    /// - Parameter speed: how much faster than it was captured it is shown.
    package init(speed: Double = 1) { self.speed = speed }

    /// A picture with a test pattern was shown. Only the first of each flash counts; its time code says how long the
    /// flash had lasted when the picture was taken.
    package mutating func shown(_ reading: TestPatternReader.Reading, at time: MonotonicTime) {
        defer { lastTimeCode = reading.time }
        guard reading.isFlashing, let last = lastTimeCode, last / 1000 != reading.time / 1000 else { return }
        flashes.append(time + -Int64(Double(reading.time % 1000) * 1_000_000 / speed))
        match()
    }

    /// Sound was played; its `time` is when the first sample became audible.
    package mutating func played(_ sound: AudioFrame) {
        let onsets = detector.feed(sound)
        guard !onsets.isEmpty else { return }
        beeps += onsets
        match()
    }

    private mutating func match() {
        for (index, flash) in flashes.enumerated().reversed() {
            guard let beep = beeps.firstIndex(where: { Double(abs($0 - flash)) < Self.window / speed }) else {
                continue
            }
            let offset = Double(flash - beeps[beep]) / 1_000_000
            offsets.add(abs(offset))
            sum += offset
            beeps.remove(at: beep)
            flashes.remove(at: index)
        }
        let newest = max(
            flashes.last ?? MonotonicTime(nanoseconds: 0), beeps.last ?? MonotonicTime(nanoseconds: 0))
        flashes.removeAll { newest - $0 > Self.keep }
        beeps.removeAll { newest - $0 > Self.keep }
    }

    package var mean: Double? { offsets.count > 0 ? sum / Double(offsets.count) : nil }
}
