import Container
import FoundationEssentials
import Glibc
import Media

/// `journal.jsonl`: what happened in a meeting, one JSON object a line, only ever appended.
///
/// Confined to the writer that runs its meeting.
final class Journal {
    /// One line. Fields that an event does not have are left out.
    struct Event: Codable, Sendable {
        /// Microseconds from the meeting's start.
        var time: Int64
        /// `start`, `join`, `leave`, `away`, `back`, `track`, `untrack`, `segment`, `discard`, `gap`, `clock`, `chat`, `record`,
        /// `stop`, `pause`, `restart`, `end`.
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
        /// Of a gap whose packets nobody could count: microseconds that it lasted.
        var duration: Int64?
        /// Of a segment: microseconds from the meeting's start to the file's time 0.
        var start: Int64?
        /// Of a segment: nanoseconds of its tracks' common time line at the file's time 0.
        var base: Int64?
        /// Of a track: numerator and denominator of its time base.
        var timeBase: [Int32]?
        /// Of a segment: its tracks, in the order of the file.
        var tracks: [MeetingManifest.Track]?
        var number: Int?
        /// Microseconds of the Unix epoch.
        var wall: Int64?
        var room: String?
        /// Of a start: which of the room's meetings it is, 64 bits in hexadecimal digits.
        var meeting: String?

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
    /// Lines that the disk has refused so far.
    private var refused: [UInt8] = []
    /// Bytes of them that are kept for the disk to come back.
    private static let mostRefused = 1 << 20
    /// Bytes at the end of a journal in which its last whole line is looked for: twice the longest line that is read.
    private static let tailBytes: Int64 = 2 << 20

    /// Begins the journal of a meeting, and locks it until the meeting ends or the process does.
    ///
    /// It gets its name when it is locked, so that nobody ever sees it without its lock.
    /// - Throws: also where the file system has no locks: nobody could tell then that the meeting is being recorded.
    init(folder: String, voice: RoomVoice? = nil) throws(ContainerError) {
        let path = folder + "/" + Self.fileName
        let temporary = path + ".new"
        let made = try RecordingFile(temporary, .create)
        guard made.lock() else {
            let code = errno
            unlink(temporary)
            throw .file(path: path, operation: "lock", errno: code)
        }
        guard rename(temporary, path) == 0 else {
            let code = errno
            unlink(temporary)
            throw .file(path: path, operation: "rename", errno: code)
        }
        file = SharedFile(made, voice: voice, newIn: folder)
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    }

    /// Goes on with the journal of a meeting that was interrupted, behind its last whole line. Nobody else may write it.
    init(reopening folder: String, voice: RoomVoice?) throws(ContainerError) {
        let path = folder + "/" + Self.fileName
        file = SharedFile(
            try RecordingFile(path, .update, levels: RecordingFile.archiveLevels), voice: voice)
        var attempts = 200
        while !file.file.lock() {
            guard attempts > 0 else {
                throw .file(path: path, operation: "flock", errno: EWOULDBLOCK)
            }
            usleep(1000)
            attempts -= 1
        }
        try cutTornLine()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    }

    /// Cuts off what is behind the last whole line. Where there is no such line within reach, everything stays, and the next event
    /// begins a line of its own.
    private func cutTornLine() throws(ContainerError) {
        let newline = UInt8(ascii: "\n")
        let size = try file.file.size()
        let start = max(0, size - Self.tailBytes)
        let tail = try file.file.read(Int(size - start), at: start)
        if let last = tail.lastIndex(of: newline) {
            position = start + Int64(last) + 1
        } else if start > 0 {
            (position, refused) = (size, [newline])
        }
        if position < size { try file.file.truncate(to: position) }
    }

    /// Writes an event behind the others.
    /// - Throws: where the disk refuses it. It is kept, and written before the next one, unless there is too much of that.
    func append(_ event: Event) throws(ContainerError) {
        guard let line = try? encoder.encode(event) else { return }
        let bytes = refused + Array(line) + [UInt8(ascii: "\n")]
        do { try file.file.write(bytes, at: position) } catch {
            // What was written of it would be a torn line in the middle.
            try? file.file.truncate(to: position)
            if bytes.count <= Self.mostRefused { refused = bytes }
            throw error
        }
        refused = []
        position += Int64(bytes.count)
        file.writeAgain(upTo: position)
    }

    /// The events of a meeting. A last line that a crash tore is left out, and so is one that is damaged.
    /// - Parameter leavingOut: events that are not wanted, by name; they are not even decoded.
    static func read(folder: String, leavingOut name: String? = nil) throws(ArchiveError) -> [Event] {
        do throws(ContainerError) {
            var reader = try JournalReader(folder: folder, leavingOut: name)
            return try events(&reader)
        } catch { throw .damaged(path: folder + "/" + fileName, reason: "\(error)") }
    }

    /// The events from byte `offset` on that are whole, and the offset behind them.
    /// - Parameter leavingOut: events that are not wanted, by name; they are not even decoded.
    static func read(
        folder: String, from offset: Int64, leavingOut name: String
    ) throws(ArchiveError) -> (events: [Event], end: Int64) {
        do throws(ContainerError) {
            var reader = try JournalReader(folder: folder, from: offset, leavingOut: name)
            let events = try events(&reader)
            return (events, reader.end)
        } catch { throw .container(error) }
    }

    private static func events(_ reader: inout JournalReader) throws(ContainerError) -> [Event] {
        var events: [Event] = []
        try reader.forEach { if case .event(let event) = $0 { events.append(event) } }
        return events
    }

    /// Whether a running server writes into the folder.
    static func isInUse(folder: String) -> Bool {
        let path = folder + "/" + fileName
        guard let file = try? RecordingFile(path, .read, levels: RecordingFile.archiveLevels) else {
            return false
        }
        return !file.lock()
    }
}
