/// Whether a room is being recorded.
public enum RecordingState: String, Sendable, CaseIterable {
    /// Everything that is published is written down.
    case recording
    /// It was recorded and is not any more, for instance because the disk is full.
    case stopped
    /// It is not recorded by configuration.
    case off
    /// It should be recorded and cannot be.
    case failed
}
