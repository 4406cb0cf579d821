package import Media

/// Whether all participants are shown as they were at the same time: how far the capture times of their pictures on
/// display are apart, read from their test patterns.
package struct PairStatistics: Sendable {
    private struct Shown: Sendable {
        var participant: String
        var timeCode: UInt32
        var at: MonotonicTime
    }

    package struct Pair: Hashable, Sendable {
        package var first: String
        package var second: String
    }

    /// How much faster than it happened it is shown.
    private let speed: Double
    /// By track.
    private var shown: [UInt32: Shown] = [:]
    package private(set) var samples: [Pair: LatencySamples] = [:]
    /// Milliseconds of the meeting after which a picture that is still on display stands for a gap.
    private static let longestPicture = 500.0

    package init(speed: Double) { self.speed = speed }

    /// A picture of a track comes on display, which the others on display are compared with.
    package mutating func shown(track: UInt32, participant: String, timeCode: UInt32, at time: MonotonicTime)
    {
        shown[track] = Shown(participant: participant, timeCode: timeCode, at: time)
        for other in shown.values where other.participant != participant {
            let age = Double(time - other.at) / 1_000_000 * speed
            guard age <= Self.longestPicture else { continue }
            let difference = Double(Int32(truncatingIfNeeded: Int64(timeCode) - Int64(other.timeCode))) - age
            let pair = Pair(
                first: min(participant, other.participant), second: max(participant, other.participant))
            samples[pair, default: LatencySamples()].add(abs(difference))
        }
    }

    /// A track is not on display any more.
    package mutating func removed(track: UInt32) { shown[track] = nil }
}
