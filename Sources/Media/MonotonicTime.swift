#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// An instant of this machine's `CLOCK_MONOTONIC`, in nanoseconds: the clock of cameras, of sound cards and of
/// everything that is paced. Instants of two machines cannot be compared.
public struct MonotonicTime: Sendable, Hashable, Comparable {
    /// Nanoseconds since an arbitrary origin, usually the boot.
    public var nanoseconds: Int64

    /// The instant `nanoseconds` after the clock's origin.
    public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    /// Later than every other.
    public static let distantFuture = MonotonicTime(nanoseconds: .max)

    /// Earlier before later.
    public static func < (left: MonotonicTime, right: MonotonicTime) -> Bool {
        left.nanoseconds < right.nanoseconds
    }

    /// The instant `duration` nanoseconds later.
    public static func + (left: MonotonicTime, duration: Int64) -> MonotonicTime {
        MonotonicTime(nanoseconds: left.nanoseconds &+ duration)
    }

    /// The nanoseconds from `right` to `left`.
    public static func - (left: MonotonicTime, right: MonotonicTime) -> Int64 {
        left.nanoseconds &- right.nanoseconds
    }
}

/// Where time comes from: the system's clocks, or a test's own.
///
/// May be called from any thread.
public struct MediaClock: Sendable {
    private let monotonic: @Sendable () -> MonotonicTime
    private let wall: @Sendable () -> Int64

    /// A clock from two functions: the monotonic time, and the wall clock in nanoseconds of the Unix epoch.
    public init(
        monotonic: @escaping @Sendable () -> MonotonicTime, wall: @escaping @Sendable () -> Int64
    ) {
        self.monotonic = monotonic
        self.wall = wall
    }

    /// The present instant.
    public func now() -> MonotonicTime { monotonic() }

    /// The present wall-clock time, nanoseconds of the Unix epoch. It may step; read it once, as an anchor.
    public func wallNanoseconds() -> Int64 { wall() }

    /// `CLOCK_MONOTONIC` and `CLOCK_REALTIME` of this machine.
    public static let system = MediaClock(
        monotonic: { MonotonicTime(nanoseconds: read(CLOCK_MONOTONIC)) },
        wall: { read(CLOCK_REALTIME) })

    private static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    /// Blocks the calling thread until `deadline` of `CLOCK_MONOTONIC`. Only for threads of their own.
    public static func sleep(until deadline: MonotonicTime) {
        var time = timespec(
            tv_sec: Int(deadline.nanoseconds / 1_000_000_000),
            tv_nsec: Int(deadline.nanoseconds % 1_000_000_000))
        while clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, nil) == EINTR {}
    }
}
