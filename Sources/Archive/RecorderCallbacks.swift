/// What a recorder tells the room that it records. Called on the recorder's thread; must not block.
public struct RecorderCallbacks: Sendable {
    /// Whether the meeting is being recorded.
    public enum State: Sendable, Hashable {
        /// Everything that comes is written.
        case recording
        /// Something cannot be written now.
        case failed
        /// The meeting is over.
        case stopped
    }

    /// Asks the publisher of a track for an IDR.
    public var requestKeyframe: @Sendable (UInt32) -> Void
    /// The state has changed; the text says why, for people.
    public var stateChanged: @Sendable (State, String?) -> Void

    /// Callbacks from two functions.
    public init(
        requestKeyframe: @escaping @Sendable (UInt32) -> Void,
        stateChanged: @escaping @Sendable (State, String?) -> Void
    ) {
        self.requestKeyframe = requestKeyframe
        self.stateChanged = stateChanged
    }
}
