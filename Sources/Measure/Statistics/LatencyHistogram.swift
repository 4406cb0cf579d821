/// How often durations occurred, to within 1.6 %, in a fixed 30 kB however many there are.
///
/// Microseconds below 64 are counted exactly; above, each doubling is divided into 64 steps.
package struct LatencyHistogram: Sendable {
    private static let steps = 64
    private static let doublings = 58
    private var counts = [Int](repeating: 0, count: steps * (doublings + 1))
    /// Number of durations.
    package private(set) var count = 0
    /// The longest, in microseconds.
    package private(set) var maximum: Int64 = 0

    /// No durations yet.
    package init() {}

    /// Adds a duration; negative ones count as 0.
    package mutating func add(microseconds: Int64) {
        let value = max(0, microseconds)
        counts[Self.index(value)] += 1
        count += 1
        maximum = max(maximum, value)
    }

    /// The duration, in microseconds, below or at which `share` of all lie; `nil` where there are none. It is never more
    /// than the longest.
    package func percentile(_ share: Double) -> Int64? {
        guard count > 0 else { return nil }
        let rank = max(1, Int((share * Double(count)).rounded(.up)))
        var seen = 0
        for (index, number) in counts.enumerated() {
            seen += number
            if seen >= rank { return min(Self.upperBound(index), maximum) }
        }
        return maximum
    }

    private static func index(_ value: Int64) -> Int {
        guard value >= steps else { return Int(value) }
        // The leading bit, and the six bits behind it.
        let shift = 63 - value.leadingZeroBitCount - 6
        return (shift + 1) * steps + Int(value >> shift) - steps
    }

    private static func upperBound(_ index: Int) -> Int64 {
        guard index >= steps else { return Int64(index) }
        let shift = index / steps - 1
        // Wraps to the largest number in the last step.
        return (Int64(index % steps + steps + 1) << shift) &- 1
    }
}
