import Media

/// What people want of the recording and what stands against it; from both follows what the room is told.
///
/// What stands against it never changes the wish: room on the disk does not restart what a person has stopped. Pure: time
/// is given.
struct RecordingControl {
    /// What was asked for last.
    enum Wish: Sendable, Hashable {
        /// Nobody has asked for it yet.
        case off
        case recording, paused, stopped
    }

    /// Why the wish to record cannot be fulfilled now.
    enum Obstacle: Sendable, Hashable {
        case diskFull(String)
        case failure(String)
    }

    /// What a request leads to.
    enum Outcome: Sendable, Hashable {
        /// The wish has changed from this one.
        case changed(from: Wish)
        /// It is so already.
        case unchanged
        /// It will be done in a moment, by itself.
        case deferred
        /// It cannot be; the text says why, and what to do.
        case refused(String)
    }

    private(set) var wish: Wish
    /// What the recording waits for.
    var obstacle: Obstacle?
    /// Who asked, for people.
    private var request: String?
    private var starts: OpeningAllowance
    /// A start that was asked for too soon: it is done when it is due, unless something else is asked for before.
    private(set) var deferred: (participant: String, name: String, due: MonotonicTime)?
    private static let deferral: Int64 = 2_000_000_000

    /// A room that is recorded from its beginning, or not before somebody asks.
    init(records: Bool, now: MonotonicTime) {
        wish = records ? .recording : .off
        starts = OpeningAllowance(now: now)
    }

    /// A room whose meeting goes on as it was left.
    init(wish: Wish, request: String?, now: MonotonicTime) {
        self.wish = wish
        self.request = request
        starts = OpeningAllowance(now: now)
    }

    /// What the room is told, and why.
    var state: (state: RecorderCallbacks.State, reason: String?) {
        switch (wish, obstacle) {
        case (.off, _): (.off, nil)
        case (.paused, _): (.paused, request)
        case (.stopped, _): (.stopped, request)
        case (.recording, .diskFull(let reason)): (.stopped, reason)
        case (.recording, .failure(let reason)): (.failed, reason)
        case (.recording, nil): (.recording, request)
        }
    }

    /// Takes a wish of `name`.
    mutating func handle(
        _ action: MeetingRecorder.Action, by name: String, of participant: String, now: MonotonicTime
    ) -> Outcome {
        let before = wish
        let earlier = deferred
        deferred = nil
        switch (action, wish) {
        case (.start, .recording), (.stop, .stopped), (.stop, .off), (.pause, .paused): return .unchanged
        case (.pause, .off), (.pause, .stopped):
            return .refused("The room is not being recorded, so there is nothing to pause.")
        case (.start, _):
            // Each start makes every participant's next file. What comes until then is kept in memory, as before any start.
            guard starts.take(now: now) else {
                deferred = earlier ?? (participant, name, now + Self.deferral)
                return earlier == nil ? .deferred : .unchanged
            }
            (wish, request) = (.recording, "\(name) \(before == .paused ? "resumed" : "started") it")
        case (.stop, _): (wish, request) = (.stopped, "\(name) stopped it")
        case (.pause, .recording): (wish, request) = (.paused, "\(name) paused it")
        }
        return .changed(from: before)
    }
}
