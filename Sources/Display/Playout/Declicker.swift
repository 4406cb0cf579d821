/// Joins pieces of sound that do not fit: over 5 ms the last value before the joint fades into what follows.
struct Declicker: Sendable {
    private static let length = 240

    private let channels: Int
    private var last: [Float]
    private var from: [Float]
    private var remaining = 0

    /// A declicker for interleaved sound of `channels` channels that begins in silence.
    init(channels: Int) {
        self.channels = channels
        last = [Float](repeating: 0, count: channels)
        from = last
    }

    /// The next sample does not follow on the last one.
    mutating func join() {
        for channel in 0..<channels { from[channel] = last[channel] }
        remaining = Self.length
    }

    /// Smooths the samples `range` (counted per channel) of `sound`, which follow on those of the last call.
    mutating func process(_ sound: UnsafeMutableBufferPointer<Float>, _ range: Range<Int>) {
        guard let end = range.last else { return }
        for frame in range {
            if remaining == 0 { break }
            let weight = Float(remaining) / Float(Self.length)
            for channel in 0..<channels {
                let index = frame * channels + channel
                sound[index] = sound[index] * (1 - weight) + from[channel] * weight
            }
            remaining -= 1
        }
        for channel in 0..<channels { last[channel] = sound[end * channels + channel] }
    }
}
