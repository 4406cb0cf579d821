/// How a recorded meeting is replayed.
public struct ReplayOptions: Sendable {
    /// ROOM/MEETING, a meeting's name, a room for its last meeting, or `last`.
    public var meeting: String
    /// Folder of the recordings; `nil` as configured.
    public var archive: String?
    /// How much faster than it happened, 0.5 to 4.
    public var speed = 1.0
    /// Time of the meeting at which it begins, as people write it.
    public var from: String?
    /// Name or identifier of the participant to whom it is confined.
    public var only: String?
    /// The room into which it is published instead of being shown.
    public var url: String?
    /// Whether a window closes at the end of the meeting.
    public var exitsAtEnd = false
    /// How it is shown.
    public var view = ViewOptions()

    /// The whole meeting in a window.
    public init(meeting: String) { self.meeting = meeting }
}
