public import Media
import Synchronization

/// A clock that moves only when a test says so. Any thread.
public final class ManualClock: Sendable {
    private let elapsed = Mutex<Int64>(0)
    private let start: MonotonicTime
    private let wall: Int64

    /// A clock that stands at these instants.
    /// - Parameter wall: nanoseconds of the Unix epoch.
    public init(
        start: MonotonicTime = MonotonicTime(nanoseconds: 100_000_000_000),
        wall: Int64 = 1_700_000_000_000_000_000
    ) {
        self.start = start
        self.wall = wall
    }

    /// Moves both the monotonic and the wall clock by `nanoseconds`.
    public func advance(by nanoseconds: Int64) { elapsed.withLock { $0 += nanoseconds } }

    /// The present instant.
    public func now() -> MonotonicTime { start + elapsed.withLock { $0 } }

    /// The clock as the code under test takes it.
    public var clock: MediaClock {
        MediaClock(
            monotonic: { [self] in now() }, wall: { [self] in wall + elapsed.withLock { $0 } })
    }
}
