public import Media
import Synchronization

/// Asks the thread of a source to stop. Once stopped, it stays so.
///
/// May be used from any thread. Sources look at it at least every ``StopSignal/interval``.
public final class StopSignal: Sendable {
    /// The longest that a blocked call goes without looking at the signal, in nanoseconds.
    public static let interval: Int64 = 50_000_000

    private let flag = Atomic<Bool>(false)
    private let parent: StopSignal?

    /// A signal that has not been given.
    /// - Parameter parent: one with which this one is given too.
    public init(following parent: StopSignal? = nil) { self.parent = parent }

    /// Gives the signal. Doing so again changes nothing.
    public func stop() { flag.store(true, ordering: .releasing) }

    /// Whether the signal was given.
    public var isStopped: Bool { flag.load(ordering: .acquiring) || parent?.isStopped ?? false }

    /// Blocks the calling thread until `deadline` of the system's monotonic clock, or until the signal is
    /// given.
    ///
    /// - Returns: `false` where the signal was given.
    public func sleep(until deadline: MonotonicTime) -> Bool {
        while !isStopped {
            let now = MediaClock.system.now()
            guard now < deadline else { return true }
            MediaClock.sleep(until: min(deadline, now + Self.interval))
        }
        return false
    }
}
