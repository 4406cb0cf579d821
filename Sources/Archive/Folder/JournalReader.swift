import Container
import FoundationEssentials

/// Reads a journal a part at a time, so that neither a long line nor a file of absurd length takes more memory than what is
/// wanted of it.
struct JournalReader: ~Copyable {
    /// What a line is.
    enum Line {
        case event(Journal.Event)
        /// No event, with its number.
        case damaged(Int)
    }

    /// Offset behind the last whole line that was read.
    private(set) var end: Int64
    /// Whether the file goes on behind ``end``, as a crash leaves it.
    private(set) var isTorn = false

    private static let partBytes = 1 << 20
    /// A longer line is none of ours: a line of chat has 4 KiB at most.
    private static let longestLine = 1 << 20
    /// What lies behind is not read: a meeting of a week with a thousand tracks takes less.
    private static let longestFile: Int64 = 1 << 30
    /// Lines that one reading hands out: tiny ones take many times their length as events. No meeting has as many.
    private static let mostLines = 4_000_000

    private let file: RecordingFile
    private let unwanted: [UInt8]?

    /// Opens the journal in `folder`, the path of a meeting's folder.
    /// - Parameter name: events that are not wanted; they are not even decoded.
    init(folder: String, from offset: Int64 = 0, leavingOut name: String? = nil) throws(ContainerError) {
        file = try RecordingFile(
            folder + "/" + Journal.fileName, .read, levels: RecordingFile.archiveLevels)
        end = max(0, offset)
        unwanted = name.map { Array("\"event\":\"\($0)\"".utf8) }
    }

    /// Calls `body` with each line to the end of the file.
    mutating func forEach(_ body: (Line) -> Void) throws(ContainerError) {
        let decoder = JSONDecoder()
        let newline = UInt8(ascii: "\n")
        var rest: [UInt8] = []
        var isSkipping = false
        var (number, handedOut) = (0, 0)
        var position = end
        while position < Self.longestFile, handedOut < Self.mostLines {
            let part = try file.read(Self.partBytes, at: position)
            if part.isEmpty { break }
            position += Int64(part.count)
            var start = part.startIndex
            while handedOut < Self.mostLines, let stop = part[start...].firstIndex(of: newline) {
                number += 1
                handedOut += 1
                let line = isSkipping ? [] : rest + part[start..<stop]
                (rest, start) = ([], stop + 1)
                if isSkipping {
                    body(.damaged(number))
                    isSkipping = false
                } else if let found = read(line, decoder) {
                    body(found ?? .damaged(number))
                } else {
                    handedOut -= 1
                }
            }
            if start > part.startIndex { end = position - Int64(part.count - start) }
            rest += part[start...]
            if isSkipping || rest.count > Self.longestLine { (rest, isSkipping) = ([], true) }
        }
        isTorn = end < position
    }

    /// - Returns: `nil` for what is not wanted, and `.some(nil)` for what is no event.
    private func read(_ line: [UInt8], _ decoder: JSONDecoder) -> Line?? {
        let data = Data(line)
        if let unwanted, data.firstRange(of: unwanted) != nil { return .none }
        guard let event = try? decoder.decode(Journal.Event.self, from: data), event.isSane else {
            return .some(nil)
        }
        return .event(event)
    }
}

extension Journal.Event {
    /// Whether its numbers can be calculated with and its name of a file is one. What is not was not written by a recorder.
    var isSane: Bool {
        let times = [time, duration ?? 0, start ?? 0]
        guard times.allSatisfy({ $0.magnitude < ArchiveLimits.longestMeeting }) else { return false }
        if let wall, !(0..<ArchiveLimits.latestWall).contains(wall) { return false }
        if let file, !EntryName.isRecording(file) { return false }
        guard (packets ?? 0) >= 0, (number ?? 1) >= 0 else { return false }
        return tracks?.allSatisfy(\.isSane) ?? true
    }
}

/// What numbers an archive may hold; beyond, they are damage.
enum ArchiveLimits {
    /// Microseconds: ten years.
    static let longestMeeting: UInt64 = 10 * 31_536_000_000_000
    /// Microseconds of the Unix epoch: the year 10000.
    static let latestWall: Int64 = 253_402_300_800_000_000
    /// Bytes of a manifest.
    static let largestManifest: Int64 = 256 << 20
}
