import Media

/// Counts the bytes of the last seconds, roughly: of one to two spans.
struct RecentBytes {
    /// Longer than anything waits for a subscriber that is not cut off for it.
    private static let span: Int64 = 12_000_000_000

    private var current = 0
    private var previous = 0
    private var began: MonotonicTime?

    /// At least the bytes of the last span.
    var bytes: Int { current + previous }

    mutating func add(_ bytes: Int) { current += bytes }

    /// Forgets what is older. To be called every second or so.
    mutating func turn(now: MonotonicTime) {
        guard let began else { return self.began = now }
        guard now - began >= Self.span else { return }
        (previous, current) = (current, 0)
        self.began = now
    }
}
