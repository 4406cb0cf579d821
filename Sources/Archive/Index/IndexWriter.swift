import Container

/// Brings the tables of the catalogue in line with the folders. Inside of one transaction.
struct IndexWriter {
    let database: Database
    let archive: String

    /// A folder that was changed this recently may change again within the clock's grain, unseen.
    private static let grain: Int64 = 2_000_000_000

    /// Looks at every room whose folder has changed, and at every meeting that was not complete.
    func refresh() throws {
        let present = try ConfinedFolder.names(archive).filter { name in
            !name.hasPrefix(".") && FileStamp.isFolder(archive + "/" + name)
        }
        var known: [String: Int64] = [:]
        for row in try database.rows("SELECT folder, modified FROM rooms") {
            known[row[0]] = row[1]
        }
        for room in present {
            guard let modified = FileStamp.modified(archive + "/" + room), known[room] != modified else {
                continue
            }
            try refresh(room: room, modified: modified)
        }
        for room in Set(known.keys).subtracting(present) {
            for folder in try folders(room: room) { try remove(folder) }
            try run("DELETE FROM rooms WHERE folder = ?", [room])
        }
        let unfinished = try database.rows("SELECT folder, manifest FROM meetings WHERE complete = 0")
        for row in unfinished {
            let folder: String = row[0]
            if FileStamp.modified(archive + "/" + folder + "/" + MeetingManifest.fileName) != row[1] as Int64
            {
                try update(folder)
            }
        }
    }

    private func refresh(room: String, modified: Int64) throws {
        let names = (try? ConfinedFolder.names(archive + "/" + room, levels: 1)) ?? []
        let present = Set(names.filter { !$0.hasPrefix(".") }.map { room + "/" + $0 })
        let known = Set(try folders(room: room))
        var isSettled = FileStamp.now() - modified > Self.grain
        for folder in present.subtracting(known).sorted() where FileStamp.isFolder(archive + "/" + folder) {
            // A meeting that has just begun gets its manifest in a moment.
            if try !update(folder) { isSettled = false }
        }
        for folder in known.subtracting(present) { try remove(folder) }
        try run("INSERT OR REPLACE INTO rooms VALUES (?, ?)", [room, isSettled ? modified : 0])
    }

    private func folders(room: String) throws -> [String] {
        // `0` follows `/` in ASCII: everything that begins with the room and a slash.
        try database.rows(
            "SELECT folder FROM meetings WHERE folder > ? AND folder < ?", [room + "/", room + "0"]
        ).map { $0[0] }
    }

    /// Forgets a meeting.
    func remove(_ folder: String) throws {
        try run("DELETE FROM meetings WHERE folder = ?", [folder])
    }

    /// Enters what the folder of a meeting holds now.
    /// - Returns: `false` where it holds no meeting; it is forgotten then.
    @discardableResult
    func update(_ folder: String) throws -> Bool {
        guard EntryName.isMeeting(folder) else {
            try remove(folder)
            return false
        }
        let known = try database.rows(
            "SELECT id, journal FROM meetings WHERE folder = ?", [folder]
        ).first
        let offset: Int64 = known?[1] ?? 0
        guard let record = MeetingRecord(archive: archive, folder: folder, journalFrom: offset) else {
            try remove(folder)
            return false
        }
        if let meeting = known?[0] as Int64? {
            for table in ["participants", "segments", "tracks"] + (record.isWhole ? ["events"] : []) {
                try run("DELETE FROM \(table) WHERE meeting = ?", [meeting])
            }
        }
        try enter(record.summary, manifest: record.modified, journal: record.journal)
        let found = try database.rows("SELECT id FROM meetings WHERE folder = ?", [folder]).first
        guard let meeting: Int64 = found?[0] else { return false }
        if let manifest = record.manifest {
            for (position, participant) in manifest.participants.enumerated() {
                try run(
                    "INSERT INTO participants VALUES (?, ?, ?, ?, ?, ?)",
                    [
                        meeting, position, participant.id, participant.name, participant.joined,
                        participant.left,
                    ])
            }
            for segment in manifest.segments { try enter(segment, of: meeting) }
        }
        for event in record.events { try enter(event, of: meeting) }
        return true
    }

    private func enter(_ meeting: MeetingSummary, manifest: Int64, journal: Int64) throws {
        try run(
            """
            INSERT INTO meetings (folder, room, meeting, started, ended, start, finish, duration, people, files, bytes,
                hold, complete, problem, names, manifest, journal)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (folder) DO UPDATE SET room = excluded.room, meeting = excluded.meeting,
                started = excluded.started, ended = excluded.ended, start = excluded.start, finish = excluded.finish,
                duration = excluded.duration, people = excluded.people, files = excluded.files,
                bytes = excluded.bytes, hold = excluded.hold, complete = excluded.complete,
                problem = excluded.problem, names = excluded.names, manifest = excluded.manifest, journal = excluded.journal
            """,
            [
                meeting.folder, meeting.room, meeting.meeting, meeting.started, meeting.ended,
                meeting.span.lowerBound, meeting.span.upperBound, meeting.duration, meeting.people,
                meeting.files,
                meeting.bytes, meeting.hold, meeting.complete, meeting.problem,
                meeting.names.joined(separator: "\n"), manifest, journal,
            ])
    }

    private func enter(_ segment: MeetingManifest.Segment, of meeting: Int64) throws {
        try run(
            "INSERT OR REPLACE INTO segments VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                meeting, segment.file, segment.participant, segment.source, segment.number, segment.start,
                segment.duration, segment.bytes, segment.state.rawValue, segment.sha256,
            ])
        for (position, track) in segment.tracks.enumerated() {
            try run(
                "INSERT OR REPLACE INTO tracks VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    meeting, segment.file, position, Int64(track.track), track.kind, track.codec, track.width,
                    track.height, track.sampleRate, track.channels, track.packets,
                ])
        }
    }

    private func enter(_ event: Journal.Event, of meeting: Int64) throws {
        try run(
            """
            INSERT INTO events (meeting, time, event, participant, name, track, source, file, packets, reason, text)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                meeting, event.time, event.event, event.participant, event.name,
                event.track.map { Int64($0) },
                event.source, event.file, event.packets, event.reason, event.text,
            ])
    }

    private func run(_ sql: String, _ arguments: [any DatabaseConvertible]) throws {
        try database.run(sql, arguments)
    }
}
