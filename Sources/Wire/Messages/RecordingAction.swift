/// What a participant may ask for the recording of the room.
public enum RecordingAction: String, Sendable, CaseIterable {
    /// Record from now on, or again.
    case start
    /// Finish the files; what follows is not recorded until somebody starts it.
    case stop
    /// Leave out what follows, without a hole in the meeting's time line, until somebody starts it.
    case pause
}
