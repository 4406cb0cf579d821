public import Media

/// What ties the monotonic clock to the wall clock for test patterns: both, read once at the same moment.
///
/// A picture and a tone that share an anchor agree to the sample. A step of the wall clock later changes
/// nothing.
public struct PatternAnchor: Sendable {
    /// The clock that the anchor was read from.
    public let clock: MediaClock
    private let monotonic: MonotonicTime
    private let wall: Int64

    /// Reads the anchor from `clock`.
    public init(clock: MediaClock = .system) {
        self.clock = clock
        // The reading in between two others is known best where those two are close.
        var best = Int64.max
        var reading = (clock.now(), clock.wallNanoseconds())
        for _ in 0..<5 {
            let before = clock.now()
            let wall = clock.wallNanoseconds()
            let after = clock.now()
            if after - before < best {
                best = after - before
                reading = (before + (after - before) / 2, wall)
            }
        }
        (monotonic, wall) = reading
    }

    /// The wall-clock time at `instant`, nanoseconds of the Unix epoch.
    public func wallNanoseconds(at instant: MonotonicTime) -> Int64 { wall &+ (instant - monotonic) }

    /// The instant at which the wall clock shows `wall` nanoseconds of the Unix epoch.
    public func instant(atWall wall: Int64) -> MonotonicTime { monotonic + (wall &- self.wall) }

    /// The time code of a wall-clock time: whole milliseconds of the Unix epoch modulo 2³².
    public static func timeCode(wallNanoseconds: Int64) -> UInt32 {
        let milliseconds = wallNanoseconds / 1_000_000 - (wallNanoseconds % 1_000_000 < 0 ? 1 : 0)
        return UInt32(truncatingIfNeeded: milliseconds)
    }

    /// Whether the pattern flashes and the tone sounds at that time code: in the first 100 ms of each of its
    /// seconds.
    public static func isFlashing(timeCode: UInt32) -> Bool { timeCode % 1000 < 100 }

    /// The last wall-clock time not after `wall` at which a second of the time code began.
    ///
    /// These are not the wall clock's own seconds: 2³² ms is no whole number of seconds.
    package static func startOfSecond(wall: Int64) -> Int64 {
        let code = Int64(timeCode(wallNanoseconds: wall))
        let withinMillisecond = ((wall % 1_000_000) + 1_000_000) % 1_000_000
        return wall - withinMillisecond - code % 1000 * 1_000_000
    }
}
