import Media
import Synchronization

/// What the threads of one run know of each other: the first failure ends them all.
final class RunState: Sendable {
    private struct State {
        var failure: TranscodeError?
        var close: [@Sendable () -> Void] = []
    }

    private let state = Mutex(State())
    private let isCancelled: @Sendable () -> Bool

    init(isCancelled: @escaping @Sendable () -> Bool) { self.isCancelled = isCancelled }

    /// What failed first.
    var failure: TranscodeError? { state.withLock(\.failure) }

    /// Calls `close` at the first failure, or now where there was one.
    func onFailure(_ close: @escaping @Sendable () -> Void) {
        let hasFailed = state.withLock { state in
            state.close.append(close)
            return state.failure != nil
        }
        if hasFailed { close() }
    }

    /// Ends the run.
    func fail(_ error: TranscodeError) {
        let close = state.withLock { state -> [@Sendable () -> Void] in
            guard state.failure == nil else { return [] }
            state.failure = error
            return state.close
        }
        for action in close { action() }
    }

    /// - Throws: what failed first, or ``TranscodeError/cancelled``.
    func check() throws(TranscodeError) {
        if isCancelled() { fail(.cancelled) }
        if let failure { throw failure }
    }
}
