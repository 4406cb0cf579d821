package import Wire

/// What people in a room read about its recording.
package enum RecordingText {
    /// One line without its mark, for instance `this meeting is being recorded: Eve started it`.
    package static func line(_ state: RecordingState, reason: String?) -> String {
        let text =
            switch state {
            case .recording: "this meeting is being recorded"
            case .stopped: "this meeting is not recorded any more"
            case .paused: "the recording is paused"
            case .off: "this meeting is not recorded"
            case .failed: "this meeting cannot be recorded"
            }
        return text + (reason.map { ": \($0)" } ?? "")
    }
}
