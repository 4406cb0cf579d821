internal import Glibc
public import Measure
public import Media

/// Beeps of 1 kHz in exactly those 100 ms of each second in which the square of a ``TestPattern`` shows;
/// silence otherwise. 48 kHz, in frames of 20 ms.
///
/// A frame is delivered when its last sample is due, as a microphone would do it.
public final class ToneSource: AudioSource {
    /// Samples a second.
    public static let sampleRate = 48_000
    private static let samplesPerFrame = 960
    private static let samplesPerMillisecond = 48
    private static let amplitude: Float = 0.5

    /// 48 kHz, and the channels asked for.
    public let format: AudioSourceFormat
    /// Always 0.
    public let filledSamples = 0

    private let anchor: PatternAnchor
    private let pacer: Pacer
    /// One period of the tone, which is one millisecond.
    private let period: [Float]
    private var start: Int64?
    private var frameCount: Int64 = 0

    /// A tone that goes with the patterns of the same anchor; all channels sound alike.
    public init(channels: Int = 1, anchor: PatternAnchor, pacer: Pacer = .realTime) {
        precondition(channels > 0, "sound has channels")
        format = AudioSourceFormat(sampleRate: Self.sampleRate, channels: channels)
        self.anchor = anchor
        self.pacer = pacer
        period = (0..<Self.samplesPerMillisecond).map { sample in
            Self.amplitude * Float(sin(2 * Double.pi * Double(sample) / Double(Self.samplesPerMillisecond)))
        }
    }

    /// Waits for the end of the next 20 ms and returns them.
    public func next(_ stop: StopSignal) -> AudioFrame? {
        let start = start ?? begin()
        let wall = start + frameCount * 20_000_000
        guard pacer.wait(until: anchor.instant(atWall: wall + 20_000_000), stop) else { return nil }
        frameCount += 1
        var samples: [Float] = []
        samples.reserveCapacity(Self.samplesPerFrame * format.channels)
        for millisecond in 0..<Int64(20) {
            let code = PatternAnchor.timeCode(wallNanoseconds: wall + millisecond * 1_000_000)
            let isSounding = PatternAnchor.isFlashing(timeCode: code)
            for sample in period {
                for _ in 0..<format.channels { samples.append(isSounding ? sample : 0) }
            }
        }
        return AudioFrame(
            sampleRate: Self.sampleRate, channels: format.channels, time: anchor.instant(atWall: wall),
            samples: samples)
    }

    /// Starts at the next whole frame of the time code's second, so that beeps begin with a frame.
    private func begin() -> Int64 {
        let now = anchor.wallNanoseconds(at: anchor.clock.now())
        let second = PatternAnchor.startOfSecond(wall: now)
        let first = second + (now - second + 19_999_999) / 20_000_000 * 20_000_000
        start = first
        return first
    }
}
