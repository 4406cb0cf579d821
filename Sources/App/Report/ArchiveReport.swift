import Archive
import Media

/// `convene archive list|show`: what is recorded.
public enum ArchiveReport {
    /// Prints one line for each meeting, oldest first.
    ///
    /// - Throws: where a manifest cannot be read; all others are printed then.
    public static func list(
        _ query: ArchiveQuery, archive: String?, configuration file: String?, json: Bool
    ) async throws {
        let filter = try query.filter(now: MediaClock.system.wallNanoseconds() / 1000)
        let index = try open(try path(archive, file))
        let all = try index.meetings(filter)
        let meetings = all.filter { $0.problem == nil && query.admits($0) }
        if json {
            Output.line(try JSONText.encode(meetings))
        } else if meetings.isEmpty {
            Output.line(query.isEverything ? "Nothing is recorded yet." : "No meeting matches.")
        } else {
            Output.line(
                Table.text(
                    [["STARTED", "ROOM", "MEETING", "LENGTH", "FILES", "SIZE", "STATE", "PEOPLE"]]
                        + meetings.map { row($0, query.zone) }))
        }
        let problems = all.compactMap(\.problem)
        for problem in problems.dropFirst() { Output.note(problem) }
        if let problem = problems.first { throw AppError(problem, status: .inputOutput) }
    }

    private static func row(_ meeting: MeetingSummary, _ zone: ClockZone) -> [String] {
        let state = meeting.complete ? "complete" : meeting.ended == nil ? "not ended" : "not finalised"
        return [
            meeting.startTime.map(zone.minuteText) ?? meeting.started, meeting.room, meeting.meeting,
            ClockTime.text(meeting.duration), "\(meeting.files)", ByteSize.text(meeting.bytes),
            state + (meeting.hold ? ", on hold" : ""), list(meeting.names),
        ]
    }

    /// The first names that fit into a line, and how many more there are: `Ada, Grace and 3 more`.
    static func list(_ names: [String]) -> String {
        var shown: [String] = []
        var width = 0
        for name in names {
            width += name.count + 2
            if width > longestList, !shown.isEmpty { break }
            shown.append(name)
        }
        let rest = names.count - shown.count
        return shown.joined(separator: ", ") + (rest > 0 ? " and \(rest) more" : "")
    }

    private static let longestList = 48

    /// `started` or `ended` of a manifest as people read it; as it stands there where it is no time.
    private static func text(_ time: String, _ zone: ClockZone) -> String {
        CivilTime.parse(time).map { zone.secondText($0.microseconds(.utc)) } ?? time
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
        meeting name: String, archive: String?, configuration file: String?, json: Bool, utc: Bool
    ) async throws {
        let zone = utc ? ClockZone.utc : .local
        let root = try path(archive, file)
        let folder = root + "/" + (try open(root).meeting(name).folder)
        let manifest = try MeetingManifest.read(folder: folder)
        if json { return Output.line(try JSONText.encode(manifest)) }
        Output.line("\(manifest.room)/\(manifest.meeting) in \(folder)")
        let end = manifest.ended.map { text($0, zone) } ?? "now, or until the server was stopped"
        Output.line("from \(text(manifest.started, zone)) to \(end)")
        if manifest.hold == true { Output.line("on hold: it is not deleted") }
        for participant in manifest.participants {
            let left = participant.left.map { "left at \(ClockTime.text($0))" } ?? "there until the end"
            Output.line(
                "  \(participant.name) (\(participant.id)) joined at \(ClockTime.text(participant.joined)), \(left)"
            )
        }
        Output.line(
            Table.text(
                [["FILE", "FROM", "LENGTH", "SIZE", "STATE", "TRACKS"]]
                    + manifest.segments.map { segment in
                        [
                            segment.file, ClockTime.text(segment.start),
                            ClockTime.text(segment.duration),
                            ByteSize.text(segment.bytes),
                            segment.state.rawValue, segment.tracks.map(describe).joined(separator: ", "),
                        ]
                    }))
        show(try MeetingEvents(folder: folder), manifest)
    }

    private static func show(_ events: MeetingEvents, _ manifest: MeetingManifest) {
        for control in events.control {
            let time = ClockTime.text(control.time)
            Output.line("\(control.action) at \(time), asked for by \(control.name)")
        }
        if events.gaps.isEmpty {
            Output.line("gaps: none")
        } else {
            let packets = events.gaps.reduce(0) { $0 &+ $1.packets }
            let verb = packets == 1 ? "is" : "are"
            let lost =
                packets > 0 ? ", \(Counted.text(packets, "packet")) \(verb) not in the archive" : ""
            Output.line("gaps: \(events.gaps.count)\(lost)")
            for gap in events.gaps {
                let name = manifest.participants.last { $0.id == gap.participant }?.name ?? gap.participant
                let packets = gap.packets > 0 ? "\(Counted.text(gap.packets, "packet")), " : ""
                Output.line("  \(ClockTime.text(gap.time)) \(name): \(packets)\(gap.reason)")
            }
        }
        Output.line(
            events.chat.isEmpty ? "chat: none" : "chat: \(Counted.text(events.chat.count, "line"))")
        for line in events.chat {
            Output.line("  \(ClockTime.text(line.time)) \(line.name): \(line.text)")
        }
    }

    /// Finishes what a crash left, and prints a line for each file.
    /// - Throws: where one could not be finished; all others are then.
    public static func recover(archive: String?, configuration file: String?) async throws {
        let root = try path(archive, file)
        var problems = 0
        try ArchiveAccess.check([root], in: root)
        MeetingRemoval.finish(archive: root)
        let count = try MeetingRecovery.recoverAll(archive: root) { report in
            Output.line(report.description)
            if report.problem != nil { problems += 1 }
        }
        Output.line(count == 0 ? "Nothing to recover." : "Recovered \(Counted.text(count, "meeting")).")
        _ = try open(root)
        if problems > 0 {
            throw AppError(
                "\(Counted.text(problems, "file")) could not be finished; the lines above say why.",
                status: .inputOutput)
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
