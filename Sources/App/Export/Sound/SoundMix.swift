import Codec
import Media

/// The sound of all sources together, 48 kHz stereo.
struct SoundMix: Sendable {
    let sources: [RecordedSource]
    /// Of the meeting, microseconds.
    let range: Range<Int64>
    /// By which factor each source is made louder, by its index; `nil` for the sound as it was recorded.
    let gains: [Int: Float]?
    /// Loudness up to which nothing is changed; beyond it the sum is bent so that it never reaches 1.
    private static let knee: Float = 0.8

    /// Samples of one channel.
    var sampleCount: Int {
        Int(TimeBase.microseconds.rescale(range.upperBound - range.lowerBound, to: FileAudioEncoder.timeBase))
    }

    /// Hands over pieces of `frameSize` samples until `consume` returns `false`.
    func run(frameSize: Int, _ consume: ([Float], Int) throws -> Bool) throws {
        let readers = sources.map { SoundReader($0, range: range) }
        var levellers = gains.map { gains in sources.indices.map { SoundLeveller(gain: gains[$0] ?? 1) } }
        for position in stride(from: 0, to: sampleCount, by: frameSize) {
            var mix = [Float](repeating: 0, count: frameSize * SoundReader.channels)
            for (index, reader) in readers.enumerated() {
                guard levellers != nil else {
                    try reader.add(to: &mix, at: position)
                    continue
                }
                var own = [Float](repeating: 0, count: mix.count)
                try reader.add(to: &own, at: position)
                levellers?[index].apply(to: &own, channels: SoundReader.channels)
                own.withUnsafeBufferPointer { own in
                    mix.withUnsafeMutableBufferPointer { mix in
                        for place in mix.indices { mix[place] += own[place] }
                    }
                }
            }
            mix.withUnsafeMutableBufferPointer { mix in
                for index in mix.indices where abs(mix[index]) > Self.knee {
                    mix[index] = Self.bent(mix[index])
                }
            }
            guard try consume(mix, position) else { return }
        }
    }

    private static func bent(_ value: Float) -> Float {
        let over = (abs(value) - knee) / (1 - knee)
        let magnitude = knee + (1 - knee) * over / (1 + over)
        return value < 0 ? -magnitude : magnitude
    }
}
