/// Sound on its way from a device's packets to frames of equal length.
package struct PendingSound: Sendable {
    private enum Segment {
        case samples([Float])
        /// Counted, not stored: a long silence takes no memory.
        case silence(Int)

        var count: Int {
            switch self {
            case .samples(let samples): samples.count
            case .silence(let count): count
            }
        }
    }

    private var segments: [Segment] = []
    /// Values of the first segment that were taken already.
    private var taken = 0
    /// Values that are there: samples of all channels.
    package private(set) var count = 0

    /// Nothing yet.
    package init() {}

    /// Appends interleaved samples.
    package mutating func append(_ samples: [Float]) {
        guard !samples.isEmpty else { return }
        segments.append(.samples(samples))
        count += samples.count
    }

    /// Appends silence, in values of all channels.
    package mutating func appendSilence(_ length: Int) {
        guard length > 0 else { return }
        segments.append(.silence(length))
        count += length
    }

    /// Takes the first `length` values, `nil` where there are fewer.
    package mutating func take(_ length: Int) -> [Float]? {
        guard count >= length else { return nil }
        var result: [Float] = []
        result.reserveCapacity(length)
        while result.count < length, let first = segments.first {
            let part = min(first.count - taken, length - result.count)
            switch first {
            case .samples(let samples): result += samples[taken..<taken + part]
            case .silence: result += repeatElement(0, count: part)
            }
            taken += part
            if taken == first.count {
                segments.removeFirst()
                taken = 0
            }
        }
        count -= result.count
        return result
    }
}
