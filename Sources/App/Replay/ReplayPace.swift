import Media

/// When what happened at a time of the meeting is shown. Another one after each seek.
struct ReplayPace: Sendable {
    /// Microseconds from the meeting's start at ``origin``.
    let start: Int64
    /// By the replay's clock.
    let origin: MonotonicTime
    /// How much faster than it happened.
    let speed: Double

    /// The instant for microseconds from the meeting's start.
    func instant(of time: Int64) -> MonotonicTime { origin + Int64(Double(time &- start) * 1000 / speed) }

    /// Microseconds from the meeting's start at an instant.
    func meetingTime(at instant: MonotonicTime) -> Int64 {
        start + Int64(Double(instant - origin) * speed / 1000)
    }
}
