import Client
import Media
import Synchronization
import Wire

/// Waits for what a room says to a request of ours. Told on the connection's event loop; asked from anywhere.
final class RecordingAnswer: SubscribeHandler {
    /// What came of the request.
    enum Outcome: Sendable {
        /// The room is in the state that was wanted.
        case reached(RecordingState, reason: String?)
        /// The server said no.
        case refused(String)
        /// There is nobody else.
        case alone
        /// The connection is over.
        case closed(CloseReason)
        /// Nothing came in time.
        case silence
    }

    private struct State {
        /// The first thing told is what was so before the request.
        var knowsBefore = false
        var isAlone = true
        var outcome: Outcome?
        var waiter: CheckedContinuation<Outcome, Never>?
    }

    private let own: String
    private let wanted: Set<RecordingState>
    private let askAgain: @Sendable () -> Void
    private let state = Mutex(State())

    /// - Parameter askAgain: asks once more, when the connection had to be made again.
    init(own: String, wanted: Set<RecordingState>, askAgain: @escaping @Sendable () -> Void) {
        self.own = own
        self.wanted = wanted
        self.askAgain = askAgain
    }

    func received(_ packet: Packet, on track: TrackID) {}

    func handle(_ event: RoomEvent) {
        switch event {
        case .joined(let participant):
            if participant.id != own { state.withLock { $0.isAlone = false } }
        case .recording(let new, let reason):
            let isAnswer = state.withLock { state in
                defer { state.knowsBefore = true }
                return state.knowsBefore
            }
            // Somebody else may have asked for something else at the same time: only what was wanted ends the wait.
            if isAnswer, wanted.contains(new) { end(.reached(new, reason: reason)) }
            if isAnswer, new == .failed, wanted.contains(.recording) {
                end(.refused("The room cannot be recorded: \(reason ?? "the server does not say why")."))
            }
        case .warning(let code, let message): end(.refused("\(message) (\(code))"))
        case .interrupted: state.withLock { $0.knowsBefore = false }
        case .restored: askAgain()
        case .closed(let reason): end(.closed(reason))
        default: break
        }
    }

    /// Waits no longer.
    func giveUp() { end(.silence) }

    /// What came first. Once.
    func outcome() async -> Outcome {
        await withCheckedContinuation { continuation in
            let outcome = state.withLock { state in
                if state.outcome == nil { state.waiter = continuation }
                return state.outcome
            }
            if let outcome { continuation.resume(returning: outcome) }
        }
    }

    private func end(_ outcome: Outcome) {
        let (waiter, first) = state.withLock { state in
            guard state.outcome == nil else { return (nil as CheckedContinuation<Outcome, Never>?, outcome) }
            var first = outcome
            if state.isAlone, case .reached = outcome { first = .alone }
            state.outcome = first
            defer { state.waiter = nil }
            return (state.waiter, first)
        }
        waiter?.resume(returning: first)
    }
}
