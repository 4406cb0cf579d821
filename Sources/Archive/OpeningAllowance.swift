import Media

/// How many files one participant may still begin: 32 at once, one every two seconds in the long run.
///
/// Each file costs the recorder some syncs of the disk, for which everybody else in the room waits. Without a bound,
/// who changes the parameters of the video with every picture keeps the others from being recorded. Pure: time is
/// given.
struct OpeningAllowance {
    private static let burst = 32
    private static let interval: Int64 = 2_000_000_000
    private var left = Self.burst
    private var since: MonotonicTime

    init(now: MonotonicTime) { since = now }

    /// Whether one more file may begin at `now`; it then counts.
    mutating func take(now: MonotonicTime) -> Bool {
        let earned = max(0, now - since) / Self.interval
        since = since + earned * Self.interval
        left = min(Self.burst, left + Int(clamping: earned))
        guard left > 0 else { return false }
        left -= 1
        return true
    }
}
