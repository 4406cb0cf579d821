public import Media

/// How a source that makes its own pictures or sound waits until they are due.
public struct Pacer: Sendable {
    private let waiting: @Sendable (MonotonicTime, StopSignal) -> Bool

    /// A pacer that calls `wait` with the instant to wait for; it returns `false` once the signal was given.
    public init(_ wait: @escaping @Sendable (MonotonicTime, StopSignal) -> Bool) { waiting = wait }

    /// Waits on the system's monotonic clock.
    public static let realTime = Pacer { deadline, stop in stop.sleep(until: deadline) }
    /// Does not wait: for making fixtures, and for tests.
    public static let immediate = Pacer { _, stop in !stop.isStopped }

    func wait(until deadline: MonotonicTime, _ stop: StopSignal) -> Bool { waiting(deadline, stop) }
}
