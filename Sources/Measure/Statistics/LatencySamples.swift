/// Durations in milliseconds, for percentiles. Bounded: beyond the capacity every second one is kept, then every
/// fourth, and so on, evenly over the whole time.
package struct LatencySamples: Sendable {
    private var values: [Double] = []
    private var stride = 1
    private var skipped = 0
    package private(set) var count = 0
    package private(set) var maximum: Double?
    private static let capacity = 65536

    /// None yet.
    package init() {}

    package mutating func add(_ value: Double) {
        count += 1
        maximum = max(maximum ?? value, value)
        skipped += 1
        guard skipped >= stride else { return }
        skipped = 0
        values.append(value)
        if values.count == Self.capacity {
            values = values.enumerated().filter { $0.offset.isMultiple(of: 2) }.map(\.element)
            stride *= 2
        }
    }

    /// The value below which `share` of all lie; `nil` where there are none.
    package func percentile(_ share: Double) -> Double? {
        guard !values.isEmpty else { return nil }
        let sorted = values.sorted()
        let rank = Int((share * Double(sorted.count)).rounded(.up)) - 1
        return sorted[min(max(rank, 0), sorted.count - 1)]
    }
}
