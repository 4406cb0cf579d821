import Archive
import FoundationEssentials

/// `convene archive list|show`: what is recorded.
public enum ArchiveReport {
    /// Prints one line for each meeting, oldest first.
    public static func list(archive: String?, configuration file: String?, json: Bool) async throws {
        let catalogue = try await catalogue(archive, file)
        if json {
            Output.line(try encode(catalogue.meetings.map(\.manifest)))
        } else if catalogue.meetings.isEmpty {
            Output.line("Nothing is recorded yet.")
        } else {
            Output.line(
                Table.text(
                    [["STARTED", "ROOM", "MEETING", "LENGTH", "PEOPLE", "FILES", "SIZE"]]
                        + catalogue.meetings.map(row)))
        }
        for problem in catalogue.problems { throw AppError(problem) }
    }

    private static func row(_ entry: ArchiveCatalogue.Entry) -> [String] {
        let manifest = entry.manifest
        let end = manifest.segments.map { $0.start + $0.duration }.max() ?? 0
        return [
            manifest.started, manifest.room, manifest.meeting, length(end), "\(manifest.participants.count)",
            "\(manifest.segments.count)", size(manifest.segments.reduce(0) { $0 + $1.bytes }),
        ]
    }

    /// Prints one meeting: who was there, which files there are.
    public static func show(
        meeting name: String, archive: String?, configuration file: String?, json: Bool
    ) async throws {
        let entry = try await catalogue(archive, file).meeting(name)
        let manifest = entry.manifest
        if json { return Output.line(try encode(manifest)) }
        Output.line("\(manifest.room)/\(manifest.meeting) in \(entry.folder)")
        Output.line("from \(manifest.started) to \(manifest.ended ?? "now, or until the server was stopped")")
        for participant in manifest.participants {
            let left = participant.left.map { "left at \(length($0))" } ?? "there until the end"
            Output.line(
                "  \(participant.name) (\(participant.id)) joined at \(length(participant.joined)), \(left)")
        }
        Output.line(
            Table.text(
                [["FILE", "FROM", "LENGTH", "SIZE", "STATE", "TRACKS"]]
                    + manifest.segments.map { segment in
                        [
                            segment.file, length(segment.start), length(segment.duration),
                            size(segment.bytes),
                            segment.state.rawValue, segment.tracks.map(describe).joined(separator: ", "),
                        ]
                    }))
    }

    /// Finishes what a crash left, and prints a line for each file.
    /// - Throws: where one could not be finished; all others are then.
    public static func recover(archive: String?, configuration file: String?) async throws {
        let configuration = try AppConfiguration(
            file: file, flags: archive.map { ["archive.path": .text($0)] } ?? [:])
        var problems = 0
        let count = try MeetingRecovery.recoverAll(archive: configuration.text("archive.path")) { report in
            Output.line(report.description)
            if report.problem != nil { problems += 1 }
        }
        Output.line(count == 0 ? "Nothing to recover." : "Recovered \(count) meetings.")
        if problems > 0 {
            throw AppError(
                "\(problems) files could not be finished; they are as they were.", status: .inputOutput)
        }
    }

    private static func describe(_ track: MeetingManifest.Track) -> String {
        if let width = track.width, let height = track.height {
            return "\(track.codec) \(width)x\(height) (\(track.packets))"
        }
        return "\(track.codec) \(track.sampleRate ?? 0) Hz (\(track.packets))"
    }

    private static func catalogue(_ archive: String?, _ file: String?) async throws -> ArchiveCatalogue {
        let configuration = try AppConfiguration(
            file: file, flags: archive.map { ["archive.path": .text($0)] } ?? [:])
        return try ArchiveCatalogue(path: configuration.text("archive.path"))
    }

    private static func encode(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    /// `1:02:03.4` for microseconds.
    private static func length(_ microseconds: Int64) -> String {
        let tenths = max(0, microseconds) / 100_000
        let (hours, minutes, seconds) = (tenths / 36000, tenths / 600 % 60, tenths / 10 % 60)
        func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return (hours > 0 ? "\(hours):\(two(minutes))" : "\(minutes)") + ":\(two(seconds)).\(tenths % 10)"
    }

    private static func size(_ bytes: Int64) -> String {
        switch bytes {
        case ..<10_000: "\(bytes) B"
        case ..<10_000_000: "\(bytes / 1000) kB"
        case ..<10_000_000_000: "\(bytes / 1_000_000) MB"
        default: "\(bytes / 1_000_000_000) GB"
        }
    }
}

/// Columns of text.
enum Table {
    /// `rows` with columns as wide as their longest cell.
    static func text(_ rows: [[String]]) -> String {
        let columns = rows.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in
            rows.map { $0.count > column ? $0[column].count : 0 }.max() ?? 0
        }
        return rows.map { row in
            let cells = row.enumerated().map { index, cell in
                index == row.count - 1
                    ? cell : cell + String(repeating: " ", count: widths[index] - cell.count)
            }
            return cells.joined(separator: "  ")
        }.joined(separator: "\n")
    }
}
