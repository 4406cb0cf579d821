package import Media

/// Decides whether one subscriber gets smaller pictures because it cannot take the full ones.
///
/// Pure. It goes down when media waits for it, and up again when none has waited for ``shortestHold``. A rise that fails
/// within ``trial`` doubles the time to the next one, up to ``longestHold``: a network that carries the small pictures
/// but not the full ones would else swing for ever.
package struct LayerControl {
    /// Nanoseconds without a backlog before the first rise.
    package static let shortestHold: Int64 = 5_000_000_000
    /// Nanoseconds without a backlog before a rise, after many have failed.
    package static let longestHold: Int64 = 80_000_000_000
    /// Nanoseconds for which a rise has to hold to count as a success.
    package static let trial: Int64 = 20_000_000_000

    /// Whether it gets the smaller pictures.
    package private(set) var isReduced = false
    private var hold = Self.shortestHold
    private var lastBacklog = MonotonicTime(nanoseconds: 0)
    private var lastRise: MonotonicTime?

    /// One that gets the full pictures.
    package init() {}

    /// Media waits for it, more than passes in a moment.
    /// - Returns: whether it goes down now.
    package mutating func fallBehind(now: MonotonicTime) -> Bool {
        lastBacklog = now
        guard !isReduced else { return false }
        isReduced = true
        let hasFailed = lastRise.map { now - $0 < Self.trial } ?? false
        hold = hasFailed ? min(2 * hold, Self.longestHold) : Self.shortestHold
        return true
    }

    /// Time has passed.
    /// - Returns: whether it goes up now.
    package mutating func review(now: MonotonicTime) -> Bool {
        guard isReduced, now - lastBacklog >= hold else { return false }
        isReduced = false
        lastRise = now
        return true
    }
}
