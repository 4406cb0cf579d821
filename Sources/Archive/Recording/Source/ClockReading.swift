import Media

/// What a publisher said of a track's clock: a time stamp, and the server's clock at it.
struct ClockReading {
    /// In the track's time base.
    let pts: Int64
    /// The same in nanoseconds.
    let nanoseconds: Int64
    /// Microseconds.
    let serverTime: Int64

    /// Microseconds of the server's clock at `time`, nanoseconds of the track's time line. Wraps on absurd times.
    func serverTime(at time: Int64) -> Int64 { serverTime &+ (time &- nanoseconds) / 1000 }
}

/// How many words of publishers about their clocks go into the journal: of each track five at once and one a second, of a meeting
/// five thousand at once and a hundred a second. Pure: time is given.
struct ClockAllowance {
    private var meeting = TokenBucket(burst: 5000, perSecond: 100)
    private var tracks: [UInt32: TokenBucket] = [:]

    /// Whether one more of this track may be written, which then counts.
    mutating func take(_ track: UInt32, now: MonotonicTime) -> Bool {
        tracks[track, default: TokenBucket(burst: 5, perSecond: 1)].take(now: now) && meeting.take(now: now)
    }

    /// The track has ended.
    mutating func forget(_ track: UInt32) { tracks[track] = nil }
}

extension RecordingSession {
    /// Microseconds by which a clock may differ from what was seen. What is on its way, or kept for a recording that may begin, is
    /// late by less; what lies further away comes from a clock that is wrong, and would make the meeting as long as that says.
    private var tolerance: Int64 { 60_000_000 + Int64(configuration.preRollSeconds * 1e6) }

    /// Whether two times of the meeting or of the server, microseconds, differ by what clocks and networks do.
    func isNear(_ first: Int64, _ second: Int64) -> Bool {
        let (difference, overflow) = first.subtractingReportingOverflow(second)
        return !overflow && difference.magnitude <= UInt64(tolerance)
    }

    /// Takes what a publisher says of a track's clock, unless what was seen of the track contradicts it.
    func clock(_ id: UInt32, _ pts: Int64, _ serverTime: Int64) {
        guard let base = descriptions[id]?.timeBase, let source = source(of: id) else { return }
        let clock = ClockReading(
            pts: pts, nanoseconds: base.rescale(pts, to: .nanoseconds), serverTime: serverTime)
        guard isNear(serverTime, now.nanoseconds / 1000) else { return }
        if let seen = source.lastSeen(id),
            !isNear(clock.serverTime(at: seen.time), seen.at.nanoseconds / 1000)
        {
            return
        }
        clocks[id] = clock
        // The last word counts: what is not written now is not needed once there is a newer one.
        if control.wish == .recording, clockAllowance.take(id, now: now) { journalClock(id) }
    }
}
