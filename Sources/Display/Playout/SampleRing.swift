/// Sound of one track between decoder and output: interleaved samples under an index that only grows.
///
/// Indices count samples of one channel since the ring was made. Memory is taken with the
/// first sample, all of it.
package struct SampleRing: Sendable {
    /// 1 or 2.
    package let channels: Int
    /// Samples of one channel that fit; a power of two.
    package let capacity: Int
    private var memory: [Float]
    /// The index behind the newest sample.
    package private(set) var end: Int64 = 0

    /// A ring for at least `minimumCapacity` samples of each channel.
    package init(channels: Int, minimumCapacity: Int) {
        self.channels = channels
        var capacity = 1024
        while capacity < minimumCapacity { capacity *= 2 }
        self.capacity = capacity
        memory = []
    }

    private mutating func takeMemory() {
        if memory.isEmpty { memory = [Float](repeating: 0, count: capacity * channels) }
    }

    /// Appends what `samples` holds, interleaved in `sourceChannels` channels. More than two are mixed down
    /// to two, even ones left, odd ones right.
    package mutating func append(_ samples: [Float], sourceChannels: Int) {
        takeMemory()
        let count = samples.count / max(sourceChannels, 1)
        for index in 0..<count {
            let slot = (Int(end) + index) & (capacity - 1)
            let source = index * sourceChannels
            if sourceChannels == channels {
                for channel in 0..<channels { memory[slot * channels + channel] = samples[source + channel] }
            } else {
                for channel in 0..<channels {
                    memory[slot * channels + channel] = Self.downmix(
                        samples[source..<source + sourceChannels], channel: channel, of: channels)
                }
            }
        }
        end += Int64(count)
    }

    /// Appends `count` samples of silence.
    package mutating func appendSilence(_ count: Int) {
        takeMemory()
        for index in 0..<count {
            let slot = (Int(end) + index) & (capacity - 1)
            for channel in 0..<channels { memory[slot * channels + channel] = 0 }
        }
        end += Int64(count)
    }

    /// Lets the samples of `range` grow from silence (`rising`) or fade to it.
    package mutating func fade(_ range: Range<Int64>, rising: Bool) {
        guard !memory.isEmpty else { return }
        let count = Float(max(range.count, 1))
        for (step, index) in range.enumerated() {
            let gain = rising ? Float(step) / count : 1 - Float(step + 1) / count
            let slot = Int(index) & (capacity - 1)
            for channel in 0..<channels { memory[slot * channels + channel] *= gain }
        }
    }

    /// How many of the samples from `index` on, at most `limit`, are silence: below -50 dB.
    package func silence(from index: Int64, limit: Int) -> Int {
        guard !memory.isEmpty else { return 0 }
        var count = 0
        while count < limit {
            let slot = (Int(index) + count) & (capacity - 1)
            for channel in 0..<channels where abs(memory[slot * channels + channel]) > 0.003 { return count }
            count += 1
        }
        return count
    }

    /// Writes `frames` samples of each channel, read from `position` on in steps of `step`, to `out`,
    /// interleaved.
    ///
    /// Between samples it interpolates with a cubic through four of them (Catmull-Rom); indices outside
    /// `valid` repeat the nearest one in it. At whole positions the samples come out as they are.
    package func read(
        from position: Double, step: Double, frames: Int, valid: Range<Int64>,
        into out: UnsafeMutableBufferPointer<Float>
    ) {
        guard !valid.isEmpty, !memory.isEmpty else { return }
        memory.withUnsafeBufferPointer { memory in
            for frame in 0..<frames {
                let place = position + Double(frame) * step
                let index = Int64(place)
                let fraction = Float(place - Double(index))
                for channel in 0..<channels {
                    func sample(_ offset: Int64) -> Float {
                        let inside = min(max(index + offset, valid.lowerBound), valid.upperBound - 1)
                        return memory[(Int(inside) & (capacity - 1)) * channels + channel]
                    }
                    out[frame * channels + channel] = Self.interpolate(
                        sample(-1), sample(0), sample(1), sample(2), fraction)
                }
            }
        }
    }

    /// The cubic through four samples that are one apart (Catmull-Rom), `t` of the way from `b` to `c`.
    package static func interpolate(_ a: Float, _ b: Float, _ c: Float, _ d: Float, _ t: Float) -> Float {
        if t == 0 { return b }
        let slope0 = (c - a) * 0.5
        let slope1 = (d - b) * 0.5
        let difference = b - c
        let cubic = 2 * difference + slope0 + slope1
        let square = -3 * difference - 2 * slope0 - slope1
        return ((cubic * t + square) * t + slope0) * t + b
    }

    private static func downmix(_ frame: ArraySlice<Float>, channel: Int, of channels: Int) -> Float {
        var sum: Float = 0
        var count: Float = 0
        for (index, value) in frame.enumerated() where channels == 1 || index % channels == channel {
            sum += value
            count += 1
        }
        return count > 0 ? sum / count : frame.first ?? 0
    }
}
