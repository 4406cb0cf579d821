/// What a list says of a meeting.
public struct MeetingSummary: Encodable, Sendable, Hashable {
    /// Its folder, relative to the archive.
    public var folder: String
    /// The room it was held in.
    public var room: String
    /// Its name.
    public var meeting: String
    /// Wall-clock time of the start, ISO 8601, UTC. Empty where the manifest cannot be read.
    public var started: String
    /// Wall-clock time of the end; missing while it lasts, or where the server did not live to see it.
    public var ended: String?
    /// Microseconds from the start to the end of the last file.
    public var duration: Int64
    /// How many joined.
    public var people: Int
    /// Number of files.
    public var files: Int
    /// Bytes of all files.
    public var bytes: Int64
    /// Whether it must not be deleted.
    public var hold: Bool
    /// Whether it is over and all its files are plain MP4.
    public var complete: Bool
    /// Why its manifest cannot be read, where that is so.
    public var problem: String?
    /// Start in microseconds of the Unix epoch, and the end as far as it is known.
    var span: ClosedRange<Int64>

    private enum CodingKeys: String, CodingKey {
        case folder, room, meeting, started, ended, duration, people, files, bytes, hold, complete, problem
    }

    init(folder: String, manifest: MeetingManifest) {
        self.folder = folder
        room = manifest.room
        meeting = manifest.meeting
        started = manifest.started
        ended = manifest.ended
        duration = manifest.segments.map { $0.start &+ $0.duration }.max() ?? 0
        people = Set(manifest.participants.map(\.id)).count
        files = manifest.segments.count
        bytes = manifest.segments.reduce(0) { $0 &+ $1.bytes }
        hold = manifest.hold == true
        complete = manifest.isComplete
        problem = nil
        let start = WallTime.microseconds(manifest.started) ?? 0
        let end = manifest.ended.flatMap(WallTime.microseconds) ?? start &+ duration
        span = start...max(start, end)
    }

    /// A folder whose manifest cannot be read.
    init(folder: String, problem: String) {
        self.folder = folder
        let parts = folder.split(separator: "/").map(String.init)
        room = parts.first ?? ""
        meeting = parts.last ?? ""
        started = ""
        (duration, people, files, bytes, hold, complete) = (0, 0, 0, 0, false, false)
        self.problem = problem
        span = 0...0
    }

    /// A row of the catalogue.
    init(
        folder: String, room: String, meeting: String, started: String, ended: String?, duration: Int64,
        people: Int,
        files: Int, bytes: Int64, hold: Bool, complete: Bool, problem: String?, span: ClosedRange<Int64>
    ) {
        self.folder = folder
        self.room = room
        self.meeting = meeting
        self.started = started
        self.ended = ended
        self.duration = duration
        self.people = people
        self.files = files
        self.bytes = bytes
        self.hold = hold
        self.complete = complete
        self.problem = problem
        self.span = span
    }
}
