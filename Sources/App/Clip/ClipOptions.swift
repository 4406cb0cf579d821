/// What `convene clip` is asked for.
public struct ClipOptions: Sendable {
    /// Which meeting, as `convene archive show` takes it.
    public var meeting: String
    /// Folder for the clips; made where it is missing.
    public var folder: String
    /// Folder of the recordings, or `nil` for the configured one.
    public var archive: String?
    /// Configuration file.
    public var configuration: String?
    /// Microseconds from the meeting's start.
    public var from: Int64
    /// Microseconds from the meeting's start.
    public var to: Int64
    /// Whether files that are there already are replaced, without asking.
    public var overwrites = false

    /// A stretch of a meeting.
    public init(meeting: String, folder: String, from: Int64, to: Int64) {
        self.meeting = meeting
        self.folder = folder
        self.from = from
        self.to = to
    }
}
