/// What a recorder tells the room that it records. Called on the recorder's thread; must not block.
public struct RecorderCallbacks: Sendable {
    /// Whether the meeting is being recorded.
    public enum State: Sendable, Hashable {
        /// Everything that comes is written.
        case recording
        /// Something cannot be written now.
        case failed
        /// It was recorded and is not any more: the meeting is over, somebody has stopped it, or the disk is full.
        case stopped
        /// It is not recorded until somebody starts it again, and the recording will have no hole there.
        case paused
        /// Nobody has asked for a recording yet.
        case off
    }

    /// What one participant is told of their own request, where there is more to say than the new state.
    public enum Answer: Sendable, Hashable {
        /// It is so already; the state has not changed.
        case unchanged
        /// It cannot be done; the text says why.
        case refused(String)
    }

    /// Asks the publisher of a track for an IDR.
    public var requestKeyframe: @Sendable (UInt32) -> Void
    /// The state has changed; the text says why, for people.
    public var stateChanged: @Sendable (State, String?) -> Void
    /// A participant's request is answered.
    public var answered: @Sendable (_ participant: String, Answer) -> Void

    /// Callbacks from their functions.
    public init(
        requestKeyframe: @escaping @Sendable (UInt32) -> Void,
        stateChanged: @escaping @Sendable (State, String?) -> Void,
        answered: @escaping @Sendable (_ participant: String, Answer) -> Void = { _, _ in }
    ) {
        self.requestKeyframe = requestKeyframe
        self.stateChanged = stateChanged
        self.answered = answered
    }
}
