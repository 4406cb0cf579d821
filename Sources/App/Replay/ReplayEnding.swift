import Synchronization

/// What a replay's feeding thread leaves behind. Any thread.
final class ReplayEnding: Sendable {
    /// What became of it.
    struct Outcome: Sendable {
        /// Why it could not go on.
        var failure: (any Error)?
        /// What of the archive could not be read.
        var problems: [String] = []
    }

    private let state = Mutex<Outcome?>(nil)

    /// Whether the thread has done everything.
    var isOver: Bool { state.withLock { $0 != nil } }

    /// What became of it, once it is over.
    var outcome: Outcome { state.withLock { $0 } ?? Outcome() }

    /// The thread's last act.
    func end(_ outcome: Outcome) { state.withLock { $0 = outcome } }
}
