/// Tells whether somebody speaks, relative to the noise of the same microphone: a quiet voice in a quiet room is one, a loud
/// fan is none. Tones, such as a beep or a test tone, are none either.
///
/// Pure: one value of it for each microphone, which hears all of its sound in order.
public struct VoiceActivity: Sendable {
    /// What was heard in one piece of ``pieceMilliseconds``.
    public struct Reading: Sendable, Hashable {
        /// dB relative to the overload point, ``SoundLevel/silence`` to 0.
        public var level: Float
        /// Level of the noise, dB.
        public var floor: Float
        /// Whether somebody speaks.
        public var isVoice: Bool
        /// Whether there is something else to hear than noise: also a tone, or something too short to be speech.
        public var isSound: Bool

        /// How far the level is above the noise, dB, 0 or more.
        public var prominence: Float { max(level - floor, 0) }
    }

    /// Length of a piece.
    public static let pieceMilliseconds = 20
    /// How far above the noise a voice is at least, dB.
    private static let margin: Float = 8
    /// Below this nothing is a voice, dB: the noise of a converter.
    private static let leastLevel: Float = -72
    /// The noise of a microphone is taken to be at least so strong and, before anything is known, at most, dB.
    private static let floorRange: ClosedRange<Float> = -90 ... -40
    /// By how much the noise is thought to have grown while nothing as quiet was heard, dB a piece: 2 dB a second.
    private static let floorRise: Float = 0.04
    /// Share by which what is quieter than the noise corrects it.
    private static let floorFall: Float = 0.3
    /// In so many pieces…
    private static let onsetWindow = 15
    /// …so many must be like speech for it to begin: 160 ms in 300.
    private static let onset: Int = 8
    /// Pieces for which it goes on after the last one that was: 400 ms.
    private static let hangover = 20

    private let channels: Int
    private let pieceSamples: Int
    private var pending: [Float] = []
    private var floor: Float?
    private var tones: ToneDetector
    /// Whether the last pieces were like speech, the newest in bit 0.
    private var recent: UInt32 = 0
    private var sinceSpeech = Int.max
    private var isVoice = false

    /// - Parameters:
    ///   - sampleRate: samples of one channel a second; 8,000 or more.
    ///   - channels: of the interleaved sound.
    public init(sampleRate: Int, channels: Int) {
        self.channels = max(channels, 1)
        pieceSamples = max(sampleRate * Self.pieceMilliseconds / 1000, 1)
        tones = ToneDetector(sampleRate: sampleRate, channels: self.channels)
    }

    /// Hears the next samples, interleaved.
    /// - Returns: a reading for each piece that has become complete.
    public mutating func hear(_ samples: [Float]) -> [Reading] {
        pending += samples
        let length = pieceSamples * channels
        var readings: [Reading] = []
        var begin = 0
        while begin + length <= pending.count {
            readings.append(read(pending[begin..<begin + length]))
            begin += length
        }
        pending.removeFirst(begin)
        return readings
    }

    private mutating func read(_ piece: ArraySlice<Float>) -> Reading {
        let level = SoundLevel.decibels(piece)
        tones.hear(piece)
        let floor = follow(level)
        let isSound = level > max(floor + Self.margin, Self.leastLevel)
        let isLikeSpeech = isSound && !tones.isTone
        recent = recent << 1 | (isLikeSpeech ? 1 : 0)
        sinceSpeech = isLikeSpeech ? 0 : sinceSpeech == .max ? .max : sinceSpeech + 1
        let count = (recent & (1 << UInt32(Self.onsetWindow) - 1)).nonzeroBitCount
        isVoice = count >= Self.onset || (isVoice && sinceSpeech <= Self.hangover)
        return Reading(level: level, floor: floor, isVoice: isVoice, isSound: isSound)
    }

    /// The noise is what is left between the words: it falls quickly to what is quieter and rises slowly.
    private mutating func follow(_ level: Float) -> Float {
        let heard = max(level, Self.floorRange.lowerBound)
        let known = floor ?? min(heard, Self.floorRange.upperBound)
        let next =
            heard < known ? known + Self.floorFall * (heard - known) : min(heard, known + Self.floorRise)
        floor = next
        return next
    }
}
