import Synchronization

/// The end of something, for those who wait for it. Every method may be called from any thread.
public final class Completion: Sendable {
    private struct State {
        var isFinished = false
        var waiters: [Int: CheckedContinuation<Bool, Never>] = [:]
        var next = 0
    }

    private let state = Mutex(State())

    /// Something that has not ended.
    public init() {}

    /// Whether it has ended.
    public var isFinished: Bool { state.withLock(\.isFinished) }

    /// Returns when it has ended.
    public func wait() async { _ = await wait { _ in } }

    /// Returns when it has ended, or `nanoseconds` from now at the latest.
    /// - Returns: whether it has ended.
    @discardableResult
    public func wait(atMost nanoseconds: Int64) async -> Bool {
        await wait { waiter in
            Task {
                try? await Task.sleep(for: .nanoseconds(max(0, nanoseconds)))
                self.resume(waiter, false)
            }
        }
    }

    /// It has ended.
    public func finish() {
        let waiters = state.withLock { state in
            let waiters = state.waiters.values
            state.isFinished = true
            state.waiters = [:]
            return Array(waiters)
        }
        for waiter in waiters { waiter.resume(returning: true) }
    }

    private func wait(_ begun: (Int) -> Void) async -> Bool {
        await withCheckedContinuation { continuation in
            let waiter: Int? = state.withLock { state in
                guard !state.isFinished else { return nil }
                state.next += 1
                state.waiters[state.next] = continuation
                return state.next
            }
            if let waiter { begun(waiter) } else { continuation.resume(returning: true) }
        }
    }

    private func resume(_ waiter: Int, _ result: Bool) {
        state.withLock { $0.waiters.removeValue(forKey: waiter) }?.resume(returning: result)
    }
}
