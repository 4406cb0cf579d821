import Synchronization

/// What the room is told of its recording: the state, and what is wrong with it at the moment. Every method may be called from
/// any thread.
final class RoomVoice: Sendable {
    /// What can be wrong while the recording goes on.
    enum Alarm: Int, Sendable, CaseIterable {
        /// What is written may not be on the disk: a power cut, or the disk itself, may lose it.
        case unsafe
        /// What comes in is written late.
        case late
    }

    private struct State {
        var state: RecorderCallbacks.State
        var reason: String?
        var alarms: [Alarm: String] = [:]
        var told: (state: RecorderCallbacks.State, reason: String?)

        /// What is true now.
        var truth: (state: RecorderCallbacks.State, reason: String?) {
            guard state == .recording else { return (state, reason) }
            if let text = alarms[.unsafe] { return (.failed, text) }
            return (state, alarms[.late] ?? reason)
        }
    }

    private let state: Mutex<State>
    private let callback: @Sendable (RecorderCallbacks.State, String?) -> Void

    init(
        _ initial: (state: RecorderCallbacks.State, reason: String?),
        callback: @escaping @Sendable (RecorderCallbacks.State, String?) -> Void
    ) {
        state = Mutex(State(state: initial.state, reason: initial.reason, told: initial))
        self.callback = callback
    }

    /// Tells the room the state, where it is another one than it was told last.
    /// - Parameter always: also where only the reason is another one.
    func tell(_ new: RecorderCallbacks.State, _ reason: String?, always: Bool = false) {
        state.withLock { state in
            (state.state, state.reason) = (new, reason)
            say(&state, always: always)
        }
    }

    /// Something is wrong with the recording, or is not any more where `reason` is `nil`. Says so where that is news.
    func set(_ alarm: Alarm, _ reason: String?) {
        state.withLock { state in
            guard (state.alarms[alarm] == nil) != (reason == nil) else { return }
            state.alarms[alarm] = reason
            say(&state, always: true)
        }
    }

    private func say(_ state: inout State, always: Bool) {
        let truth = state.truth
        guard truth.state != state.told.state || (always && truth.reason != state.told.reason) else { return }
        state.told = truth
        // While it is locked, so that what is told last is what is true: it must not block.
        callback(truth.state, truth.reason)
    }
}
