/// Allows events at a mean rate with bursts. Pure: time is given.
package struct TokenBucket: Sendable {
    private let capacity: Double
    private let perNanosecond: Double
    private var tokens: Double
    private var updated: MonotonicTime?

    /// Allows `burst` events at once and `perSecond` in the long run.
    package init(burst: Int, perSecond: Int) {
        capacity = Double(burst)
        perNanosecond = Double(perSecond) / 1e9
        tokens = capacity
    }

    /// Allows as much more at once as `nanoseconds` would have allowed, in which nobody could look at what came.
    package mutating func excuse(_ nanoseconds: Int64) {
        tokens = min(tokens, capacity) + Double(max(0, min(nanoseconds, Self.longestExcuse))) * perNanosecond
    }

    /// Beyond it nobody has gone on sending.
    private static let longestExcuse: Int64 = 60_000_000_000

    /// Whether one more event is allowed at `now`, which then counts as `cost` events.
    package mutating func take(now: MonotonicTime, cost: Int = 1) -> Bool {
        if let updated {
            tokens = max(tokens, min(capacity, tokens + Double(max(0, now - updated)) * perNanosecond))
        }
        updated = now
        guard tokens >= Double(cost) else { return false }
        tokens -= Double(cost)
        return true
    }
}
