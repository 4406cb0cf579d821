import Capture
import LibAV
import Synchronization
import UnixSignals

/// The wish to end: by Ctrl-C or SIGTERM, after a time, or because of an event. Any thread.
public final class Termination: Sendable {
    private struct State {
        var isRequested = false
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())
    /// For threads that pull from devices: stopped with the first wish.
    let stopSignal = StopSignal()

    /// Nobody has asked yet.
    public init() {}

    /// Whether somebody has asked.
    public var isRequested: Bool { state.withLock(\.isRequested) }

    /// Asks for the end. Later calls change nothing.
    public func request() {
        stopSignal.stop()
        let waiters = state.withLock { state in
            let waiters = state.waiters
            state.isRequested = true
            state.waiters = []
            return waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    /// Returns when somebody has asked.
    public func wait() async {
        await withCheckedContinuation { continuation in
            let isRequested = state.withLock { state in
                if !state.isRequested { state.waiters.append(continuation) }
                return state.isRequested
            }
            if isRequested { continuation.resume() }
        }
    }

    /// Runs `body`, and lets SIGINT, SIGTERM and the end of `seconds` ask for its end.
    ///
    /// - Throws: what `body` throws.
    @MainActor
    public static func run(
        after seconds: Double?, _ body: @MainActor (Termination) async throws -> Void
    ) async throws {
        let termination = Termination()
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
        let watcher = Task {
            for await _ in signals {
                termination.request()
                return
            }
        }
        let timer = Task {
            guard let seconds else { return }
            try? await Task.sleep(for: .seconds(seconds))
            if !Task.isCancelled { termination.request() }
        }
        defer {
            watcher.cancel()
            timer.cancel()
            LibAVLog.sendCounts()
        }
        try await body(termination)
    }
}
