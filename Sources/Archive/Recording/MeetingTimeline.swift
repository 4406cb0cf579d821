import Media

/// The time line of a meeting's recording: it begins with the recording and stands still while that is paused.
///
/// A pause is taken from every time alike, whatever track or participant it belongs to, so that all stay together.
/// Pure: time is given.
struct MeetingTimeline {
    /// The instant of its 0.
    private(set) var start: MonotonicTime
    /// Wall-clock time at ``start``, nanoseconds of the Unix epoch.
    private(set) var wall: Int64
    /// Nanoseconds of all pauses that are over.
    private var paused: Int64 = 0
    private var pausedSince: MonotonicTime?

    /// A time line that begins now.
    init(start: MonotonicTime, wall: Int64) {
        self.start = start
        self.wall = wall
    }

    /// The time line of a meeting that goes on: `now` is `time`, in microseconds, and `wall`.
    init(continuing time: Int64, at now: MonotonicTime, wall: Int64) {
        start = now + -time * 1000
        self.wall = wall - time * 1000
    }

    /// Whether it stands still.
    var isPaused: Bool { pausedSince != nil }

    /// Microseconds of the meeting at an instant that is not before the last pause.
    func time(at now: MonotonicTime) -> Int64 { ((pausedSince ?? now) - start - paused) / 1000 }

    /// Microseconds of the meeting for what was captured at `serverTime`, microseconds of the server's clock, in the
    /// present stretch between two pauses. Wraps on absurd times rather than trap on them.
    func time(ofServer serverTime: Int64) -> Int64 { serverTime &- (start.nanoseconds + paused) / 1000 }

    /// Nanoseconds of the Unix epoch at an instant.
    func wall(at now: MonotonicTime) -> Int64 { wall + (now - start) }

    /// Begins anew at `instant`: nothing was recorded before.
    mutating func begin(at instant: MonotonicTime) {
        self = MeetingTimeline(start: instant, wall: wall(at: instant))
    }

    /// Stands still from `now` on.
    mutating func pause(at now: MonotonicTime) { if pausedSince == nil { pausedSince = now } }

    /// Goes on.
    mutating func resume(at now: MonotonicTime) {
        guard let since = pausedSince else { return }
        paused += now - since
        pausedSince = nil
    }
}
