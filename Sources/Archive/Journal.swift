import Container
import FoundationEssentials
import Media

/// `journal.jsonl`: what happened in a meeting, one JSON object a line, only ever appended.
///
/// Confined to the recorder's thread.
final class Journal {
    /// One line. Fields that an event does not have are left out.
    struct Event: Codable, Sendable {
        /// Microseconds from the meeting's start.
        var time: Int64
        /// `start`, `join`, `leave`, `track`, `untrack`, `segment`, `gap`, `clock`, `chat`, `end`.
        var event: String
        var participant: String?
        var name: String?
        var track: UInt32?
        var codec: String?
        var source: String?
        var file: String?
        var packets: Int?
        var reason: String?
        var text: String?
        var pts: Int64?
        /// Of a segment: microseconds from the meeting's start to the file's time 0.
        var start: Int64?
        /// Of a segment: its tracks, in the order of the file.
        var tracks: [MeetingManifest.Track]?
        var number: Int?
        /// Microseconds of the Unix epoch.
        var wall: Int64?
        var room: String?

        init(time: Int64, event: String) {
            self.time = time
            self.event = event
        }
    }

    /// The name of the file in a meeting's folder.
    static let fileName = "journal.jsonl"

    let file: SharedFile
    private var position: Int64 = 0
    private let encoder = JSONEncoder()

    /// Begins the journal of a meeting, and locks it until the meeting ends or the process does.
    init(folder: String) throws(ContainerError) {
        file = SharedFile(try RecordingFile(folder + "/" + Self.fileName, .create))
        _ = file.file.lock()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    }

    func append(_ event: Event) throws(ContainerError) {
        guard let line = try? encoder.encode(event) else { return }
        let bytes = Array(line) + [UInt8(ascii: "\n")]
        try file.file.write(bytes, at: position)
        position += Int64(bytes.count)
    }

    /// The events of a meeting. A last line that a crash tore is left out, and so is one that is damaged.
    static func read(folder: String) throws(ArchiveError) -> [Event] {
        let path = folder + "/" + fileName
        let data: Data
        do { data = try Data(contentsOf: URL(filePath: path)) } catch {
            throw .damaged(path: path, reason: "\(error)")
        }
        let decoder = JSONDecoder()
        return data.split(separator: UInt8(ascii: "\n")).compactMap {
            try? decoder.decode(Event.self, from: $0)
        }
    }

    /// Whether a running server writes into the folder.
    static func isInUse(folder: String) -> Bool {
        guard let file = try? RecordingFile(folder + "/" + fileName, .read) else { return false }
        return !file.lock()
    }
}
