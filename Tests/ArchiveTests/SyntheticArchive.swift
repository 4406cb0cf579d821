import Archive
import FoundationEssentials
import MediaTesting

/// An archive whose manifests and journals are made up, without media.
struct SyntheticArchive {
    let folder: TemporaryFolder
    var path: String { folder.path }

    init() throws { folder = try TemporaryFolder() }

    /// 2026-01-01T00:00:00Z in seconds of the Unix epoch.
    static let epoch: Int64 = 1_767_225_600

    /// `2026-01-01T00:00:00.000Z` and so many seconds later.
    static func text(_ seconds: Int64) -> String {
        Date(timeIntervalSince1970: Double(epoch + seconds))
            .formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }

    /// Makes a meeting that began `start` seconds after ``epoch``.
    /// - Parameters:
    ///   - length: seconds.
    ///   - segments: number of files that the manifest names.
    ///   - hasTracks: whether it names their tracks, too.
    func add(
        room: String, meeting: String, start: Int64, length: Int64 = 60, segments: Int = 1,
        hold: Bool = false,
        hasTracks: Bool = true
    ) throws {
        let directory = "\(path)/\(room)/\(meeting)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let tracks = """
            {"track":1,"kind":"video","codec":"h264","width":640,"height":360,"packets":300},\
            {"track":2,"kind":"audio","codec":"opus","sampleRate":48000,"channels":1,"packets":500}
            """
        let files = (1...max(1, segments)).prefix(segments).map { number in
            """
            {"file":"p1-camera-\(number).mp4","participant":"p1","source":"camera","number":\(number),"start":0,\
            "duration":\(length * 1_000_000),"bytes":1000,"state":"finalised","sha256":"00","tracks":[\
            \(hasTracks ? tracks : "")]}
            """
        }
        try write(
            """
            {"version":1,"meeting":"\(meeting)","room":"\(room)","started":"\(Self.text(start))",\
            "ended":"\(Self.text(start + length))",\(hold ? "\"hold\":true," : "")"software":{},\
            "participants":[{"id":"p1","name":"Ada","joined":0,"left":\(length * 1_000_000)}],\
            "segments":[\(files.joined(separator: ","))]}
            """, to: directory + "/meeting.json")
        try write(
            """
            {"event":"start","room":"\(room)","time":0,"wall":\((Self.epoch + start) * 1_000_000)}
            {"event":"join","name":"Ada","participant":"p1","time":0}
            {"event":"clock","pts":0,"time":0,"track":1}
            {"event":"chat","name":"Ada","participant":"p1","text":"hello","time":5}
            {"event":"end","time":\(length * 1_000_000)}

            """, to: directory + "/journal.jsonl")
    }

    /// Writes a file of the archive, or over it.
    func write(_ text: String, to path: String) throws { try Data(text.utf8).write(to: URL(filePath: path)) }

    /// The catalogue's file.
    var catalogue: String { ArchiveIndex.path(archive: path) }

    /// Opens the catalogue, and lets go of it when `body` ends.
    func index<Result>(_ body: (ArchiveIndex) throws -> Result) throws -> Result {
        try body(try ArchiveIndex(archive: path))
    }
}
