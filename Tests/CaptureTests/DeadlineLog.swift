import Capture
import Media
import Synchronization

/// Remembers what a source waited for.
final class DeadlineLog: Sendable {
    private let entries = Mutex<[MonotonicTime]>([])

    /// What was waited for, in order.
    var deadlines: [MonotonicTime?] { entries.withLock { $0 } }

    /// Notes a deadline; the source goes on at once.
    func append(_ deadline: MonotonicTime) -> Bool {
        entries.withLock { $0.append(deadline) }
        return true
    }
}
