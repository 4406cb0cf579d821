internal import Glibc
public import Media

/// Finds when the beeps of a `ToneSource` begin, also after they went through a lossy codec.
///
/// The sound is multiplied with a 1 kHz oscillation and averaged over 5 ms: the result is the amplitude of
/// that tone. It rises in a straight line while the average enters the beep and stays on a plateau inside it,
/// so the beep began half the average's length before half of the plateau was reached.
///
/// Sound of one source, in order; not for two threads at once. Where time jumps, detection starts anew.
public struct BeepDetector: Sendable {
    /// The weakest beep that counts, as amplitude.
    private static let threshold = 0.02
    private static let averageInSeconds = 0.005
    /// From the first trace of a beep until its plateau is judged.
    private static let plateauInSeconds = 0.030
    /// Silence that must come before a beep.
    private static let pauseInSeconds = 0.050
    /// Share of the tone in the power of the sound, at the least: other sound is not a beep.
    private static let purity = 0.5
    /// A jump of the time stamps beyond this starts anew, nanoseconds.
    private static let jump: Int64 = 5_000_000

    private enum State { case unknown, quiet, rising, sounding }

    private var state = State.unknown
    private var sampleRate = 0
    private var tone = ToneFilter(sampleRate: 48_000, seconds: Self.averageInSeconds)
    private var nextTime: MonotonicTime?
    private var quietSamples = 0
    /// Amplitudes and powers since the first trace of a beep and the average's length before.
    private var trace: [Trace] = []
    private var samplesSinceTrace = 0

    private struct Trace {
        var time: MonotonicTime
        var amplitude: Double
        var power: Double
    }

    /// A detector that has heard nothing yet.
    public init() {}

    /// Hears a stretch of sound.
    ///
    /// - Returns: when beeps began, on the clock of the frames' times, to about 1 ms. An onset is reported
    ///   once 30 ms of
    ///   the beep were heard, so perhaps in a later call than the one with its first sample.
    public mutating func feed(_ frame: AudioFrame) -> [MonotonicTime] {
        guard frame.sampleRate > 0, frame.channels > 0 else { return [] }
        if frame.sampleRate != sampleRate || nextTime.map({ abs(frame.time - $0) > Self.jump }) ?? true {
            restart(sampleRate: frame.sampleRate)
        }
        var onsets: [MonotonicTime] = []
        for sample in 0..<frame.sampleCount {
            var sum: Float = 0
            for channel in 0..<frame.channels { sum += frame.samples[sample * frame.channels + channel] }
            let time = frame.time + Int64(sample) * 1_000_000_000 / Int64(sampleRate)
            tone.push(Double(sum) / Double(frame.channels))
            if let onset = step(Trace(time: time, amplitude: tone.amplitude, power: tone.power)) {
                onsets.append(onset)
            }
        }
        nextTime = frame.time + frame.durationInNanoseconds
        return onsets
    }

    private mutating func restart(sampleRate: Int) {
        self.sampleRate = sampleRate
        state = .unknown
        quietSamples = 0
        trace = []
        tone = ToneFilter(sampleRate: sampleRate, seconds: Self.averageInSeconds)
    }

    private func samples(_ seconds: Double) -> Int { Int(seconds * Double(sampleRate)) }

    private mutating func step(_ entry: Trace) -> MonotonicTime? {
        switch state {
        case .unknown, .sounding:
            quietSamples = entry.amplitude < Self.threshold ? quietSamples + 1 : 0
            if quietSamples >= samples(Self.pauseInSeconds) {
                state = .quiet
                trace = []
            }
        case .quiet:
            remember(entry)
            guard entry.amplitude >= Self.threshold else { return nil }
            state = .rising
            samplesSinceTrace = 0
        case .rising:
            trace.append(entry)
            samplesSinceTrace += 1
            guard samplesSinceTrace >= samples(Self.plateauInSeconds) else { return nil }
            state = .sounding
            quietSamples = 0
            defer { trace = [] }
            return onset()
        }
        return nil
    }

    /// Keeps the last stretch of quiet: a beep may begin a little before its first trace.
    private mutating func remember(_ entry: Trace) {
        trace.append(entry)
        let kept = samples(Self.averageInSeconds)
        if trace.count > kept * 8 { trace.removeFirst(trace.count - kept) }
    }

    private func onset() -> MonotonicTime? {
        let plateau = trace.suffix(samples(Self.plateauInSeconds / 2))
        let amplitude = plateau.map(\.amplitude).sorted()[plateau.count / 2]
        let power = plateau.map(\.power).reduce(0, +) / Double(max(plateau.count, 1))
        guard amplitude >= Self.threshold, amplitude * amplitude / 2 >= Self.purity * power else {
            return nil
        }
        guard let crossing = trace.first(where: { $0.amplitude >= amplitude / 2 }) else { return nil }
        return crossing.time + -Int64(Self.averageInSeconds / 2 * 1e9)
    }
}
