import Media

/// Tells which frames of a new track say something about its lateness.
///
/// Whoever joins late gets a burst of pictures from the past, and those captured while the burst is worked
/// off are late because of it. Neither is how the stream will go on, so both are ignored.
struct LatenessFilter {
    /// Less than this does lateness fall between two frames once the burst is over, nanoseconds.
    private static let burstStep: Int64 = 5_000_000

    private let added: MonotonicTime
    private var previous: Int64?
    private var isSettled = false

    /// A filter for a track that was added at `added`.
    init(added: MonotonicTime) { self.added = added }

    /// Whether a frame captured at `time` and ready `lateness` nanoseconds later counts.
    mutating func accepts(time: MonotonicTime, lateness: Int64) -> Bool {
        if isSettled { return true }
        defer { previous = lateness }
        if time < added { return false }
        if let previous, lateness < previous.saturatingSubtract(Self.burstStep) { return false }
        isSettled = true
        return true
    }
}
