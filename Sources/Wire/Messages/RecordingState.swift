/// Whether a room is being recorded.
public enum RecordingState: String, Sendable, CaseIterable {
    /// Everything that is published is written down.
    case recording
    /// It was recorded and is not any more, for instance because the disk is full.
    case stopped
    /// It is not recorded for a while; the time of the recording stands still meanwhile.
    case paused
    /// It has not been recorded yet, and is not now.
    case off
    /// It should be recorded and cannot be.
    case failed
}
