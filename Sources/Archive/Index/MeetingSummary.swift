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
    /// Who was there, in the order in which they came; somebody who came back, or watched from another device by the same name,
    /// once.
    public var names: [String]
    /// How many that were.
    public var people: Int { names.count }
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
        case folder, room, meeting, started, ended, duration, people, names, files, bytes, hold, complete,
            problem
    }

    init(folder: String, manifest: MeetingManifest) {
        self.folder = folder
        room = manifest.room
        meeting = manifest.meeting
        started = manifest.started
        ended = manifest.ended
        let start = WallTime.microseconds(manifest.started) ?? 0
        let ended = manifest.ended.flatMap(WallTime.microseconds)
        let last = max(0, manifest.segments.map { $0.start &+ $0.duration }.max() ?? 0)
        // A guest's clock can say anything; nothing was recorded after the end.
        duration = ended.map { min(last, max(0, $0 - start) + Self.clockTolerance) } ?? last
        names = Self.names(manifest)
        files = manifest.segments.count
        bytes = manifest.segments.reduce(0) { $0 &+ $1.bytes }
        hold = manifest.hold == true
        complete = manifest.isComplete
        problem = nil
        let end = ended ?? start &+ duration
        span = start...max(start, end)
    }

    private static func names(_ manifest: MeetingManifest) -> [String] {
        var seen: Set<String> = []
        return manifest.participants.prefix(mostNames).compactMap { participant in
            let name = participant.name.split(whereSeparator: \.isWhitespace).joined(separator: " ")
            return name.isEmpty || !seen.insert(name.lowercased()).inserted ? nil : name
        }
    }

    /// Microseconds by which clocks may differ.
    private static let clockTolerance: Int64 = 10_000_000

    /// Participants whose names a list may want; all are in the manifest.
    private static let mostNames = 10_000

    /// As JSON.
    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        try fields.encode(folder, forKey: .folder)
        try fields.encode(room, forKey: .room)
        try fields.encode(meeting, forKey: .meeting)
        try fields.encode(started, forKey: .started)
        try fields.encodeIfPresent(ended, forKey: .ended)
        try fields.encode(duration, forKey: .duration)
        try fields.encode(people, forKey: .people)
        try fields.encode(names, forKey: .names)
        try fields.encode(files, forKey: .files)
        try fields.encode(bytes, forKey: .bytes)
        try fields.encode(hold, forKey: .hold)
        try fields.encode(complete, forKey: .complete)
        try fields.encodeIfPresent(problem, forKey: .problem)
    }

    /// Microseconds of the Unix epoch at the start, as far as it is known.
    public var startTime: Int64? { problem == nil ? span.lowerBound : nil }

    /// A folder whose manifest cannot be read.
    init(folder: String, problem: String) {
        self.folder = folder
        let parts = folder.split(separator: "/").map(String.init)
        room = parts.first ?? ""
        meeting = parts.last ?? ""
        started = ""
        (duration, names, files, bytes, hold, complete) = (0, [], 0, 0, false, false)
        self.problem = problem
        span = 0...0
    }

    /// A row of the catalogue.
    init(
        folder: String, room: String, meeting: String, started: String, ended: String?, duration: Int64,
        names: [String],
        files: Int, bytes: Int64, hold: Bool, complete: Bool, problem: String?, span: ClosedRange<Int64>
    ) {
        self.folder = folder
        self.room = room
        self.meeting = meeting
        self.started = started
        self.ended = ended
        self.duration = duration
        self.names = names
        self.files = files
        self.bytes = bytes
        self.hold = hold
        self.complete = complete
        self.problem = problem
        self.span = span
    }
}
