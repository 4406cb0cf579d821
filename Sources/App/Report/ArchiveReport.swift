import Archive
import FoundationEssentials
import Media

/// `convene archive list|show`: what is recorded.
public enum ArchiveReport {
    /// Prints one line for each meeting, oldest first.
    ///
    /// - Parameters:
    ///   - room: only the meetings of this one.
    ///   - from: only meetings that still lasted then, as typed.
    ///   - to: only meetings that had begun by then, as typed.
    /// - Throws: where a manifest cannot be read; all others are printed then.
    public static func list(
        archive: String?, configuration file: String?, json: Bool, room: String? = nil, from: String? = nil,
        to: String? = nil
    ) async throws {
        let now = MediaClock.system.wallNanoseconds() / 1000
        let filter = MeetingFilter(
            room: room,
            from: try from.map { text throws(AppError) in
                try Moment.instant(text, option: "--from", isEnd: false, now: now)
            },
            to: try to.map { text throws(AppError) in
                try Moment.instant(text, option: "--to", isEnd: true, now: now)
            })
        let index = try open(try path(archive, file))
        let all = try index.meetings(filter)
        let meetings = all.filter { $0.problem == nil }
        if json {
            Output.line(try ArchiveText.encode(meetings))
        } else if meetings.isEmpty {
            let isFiltered = filter != MeetingFilter()
            Output.line(isFiltered ? "No meeting matches." : "Nothing is recorded yet.")
        } else {
            Output.line(
                Table.text(
                    [["STARTED", "ROOM", "MEETING", "LENGTH", "PEOPLE", "FILES", "SIZE", "STATE"]]
                        + meetings.map(row)))
        }
        for problem in all.compactMap(\.problem) { throw AppError(problem, status: .inputOutput) }
    }

    private static func row(_ meeting: MeetingSummary) -> [String] {
        let state = meeting.complete ? "complete" : meeting.ended == nil ? "not ended" : "not finalised"
        return [
            meeting.started, meeting.room, meeting.meeting, ArchiveText.length(meeting.duration),
            "\(meeting.people)", "\(meeting.files)", ArchiveText.size(meeting.bytes),
            state + (meeting.hold ? ", on hold" : ""),
        ]
    }

    /// The catalogue; says on standard error where it had to be made anew.
    static func open(_ archive: String) throws(ArchiveError) -> ArchiveIndex {
        let index = try ArchiveIndex(archive: archive)
        if let reason = index.reasonOfRebuild {
            Output.note("made the catalogue of \(archive) from its folders: \(reason)")
        }
        return index
    }

    /// The folder of the archive.
    static func path(_ archive: String?, _ file: String?) throws(AppError) -> String {
        let configuration = try AppConfiguration(
            file: file, flags: archive.map { ["archive.path": .text($0)] } ?? [:])
        let path = configuration.text("archive.path")
        return path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
    }

    /// Prints one meeting: who was there, which files there are.
    public static func show(
        meeting name: String, archive: String?, configuration file: String?, json: Bool
    ) async throws {
        let root = try path(archive, file)
        let folder = root + "/" + (try open(root).meeting(name).folder)
        let manifest = try MeetingManifest.read(folder: folder)
        if json { return Output.line(try ArchiveText.encode(manifest)) }
        Output.line("\(manifest.room)/\(manifest.meeting) in \(folder)")
        Output.line("from \(manifest.started) to \(manifest.ended ?? "now, or until the server was stopped")")
        if manifest.hold == true { Output.line("on hold: it is not deleted") }
        for participant in manifest.participants {
            let left = participant.left.map { "left at \(ArchiveText.length($0))" } ?? "there until the end"
            Output.line(
                "  \(participant.name) (\(participant.id)) joined at \(ArchiveText.length(participant.joined)), \(left)"
            )
        }
        Output.line(
            Table.text(
                [["FILE", "FROM", "LENGTH", "SIZE", "STATE", "TRACKS"]]
                    + manifest.segments.map { segment in
                        [
                            segment.file, ArchiveText.length(segment.start),
                            ArchiveText.length(segment.duration),
                            ArchiveText.size(segment.bytes),
                            segment.state.rawValue, segment.tracks.map(describe).joined(separator: ", "),
                        ]
                    }))
        show(try MeetingEvents(folder: folder), manifest)
    }

    private static func show(_ events: MeetingEvents, _ manifest: MeetingManifest) {
        for control in events.control {
            let time = ArchiveText.length(control.time)
            Output.line("\(control.action) at \(time), asked for by \(control.name)")
        }
        if events.gaps.isEmpty {
            Output.line("gaps: none")
        } else {
            let packets = events.gaps.reduce(0) { $0 &+ $1.packets }
            let lost = packets > 0 ? ", \(packets) packets are not in the archive" : ""
            Output.line("gaps: \(events.gaps.count)\(lost)")
            for gap in events.gaps {
                let name = manifest.participants.last { $0.id == gap.participant }?.name ?? gap.participant
                let packets = gap.packets > 0 ? "\(gap.packets) packets, " : ""
                Output.line("  \(ArchiveText.length(gap.time)) \(name): \(packets)\(gap.reason)")
            }
        }
        Output.line(events.chat.isEmpty ? "chat: none" : "chat: \(events.chat.count) lines")
        for line in events.chat {
            Output.line("  \(ArchiveText.length(line.time)) \(line.name): \(line.text)")
        }
    }

    /// Finishes what a crash left, and prints a line for each file.
    /// - Throws: where one could not be finished; all others are then.
    public static func recover(archive: String?, configuration file: String?) async throws {
        let root = try path(archive, file)
        var problems = 0
        MeetingRemoval.finish(archive: root)
        let count = try MeetingRecovery.recoverAll(archive: root) { report in
            Output.line(report.description)
            if report.problem != nil { problems += 1 }
        }
        Output.line(count == 0 ? "Nothing to recover." : "Recovered \(count) meetings.")
        _ = try open(root)
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
}

/// Columns of text.
enum Table {
    /// `rows` with columns as wide as their longest cell.
    static func text(_ rows: [[String]]) -> String {
        let cells = rows.map { $0.map(width) }
        let columns = rows.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in cells.map { $0.count > column ? $0[column] : 0 }.max() ?? 0
        }
        var text = ""
        for (row, cells) in zip(rows, cells) {
            if !text.isEmpty { text += "\n" }
            for (index, cell) in row.enumerated() {
                text += cell
                guard index < row.count - 1 else { continue }
                text += String(repeating: " ", count: widths[index] - cells[index] + 2)
            }
        }
        return text
    }

    /// Characters of a cell; those of ASCII need not be looked at one by one.
    private static func width(_ cell: String) -> Int {
        cell.utf8.allSatisfy { $0 < 0x80 } ? cell.utf8.count : cell.count
    }
}
