/// The tables of the catalogue. They only repeat what the folders say.
enum IndexSchema {
    /// Counts the forms that the tables have had; another one is not read but rebuilt.
    static let version = 2
    /// `Conv`: marks the file as ours (SQLite's `application_id`).
    static let application = 0x436F_6E76

    /// Whether the database is ours and of this version.
    static func isCurrent(_ database: Database) throws -> Bool {
        func pragma(_ name: String) throws -> Int? { try database.rows("PRAGMA \(name)").first?[0] }
        return try pragma("application_id") == application && pragma("user_version") == version
    }

    /// Makes the tables, and says last of all that they are there.
    static func create(_ database: Database) throws {
        try database.execute(tables)
        try database.execute("PRAGMA application_id = \(application); PRAGMA user_version = \(version)")
    }

    private static let tables = """
        CREATE TABLE rooms (folder TEXT PRIMARY KEY, modified INTEGER NOT NULL) WITHOUT ROWID;
        CREATE TABLE meetings (
            id INTEGER PRIMARY KEY, folder TEXT NOT NULL UNIQUE, room TEXT NOT NULL, meeting TEXT NOT NULL,
            started TEXT NOT NULL, ended TEXT, start INTEGER NOT NULL, finish INTEGER NOT NULL,
            duration INTEGER NOT NULL, people INTEGER NOT NULL, files INTEGER NOT NULL, bytes INTEGER NOT NULL,
            hold INTEGER NOT NULL, complete INTEGER NOT NULL, problem TEXT,
            names TEXT NOT NULL, manifest INTEGER NOT NULL, journal INTEGER NOT NULL);
        CREATE INDEX meetings_start ON meetings (start, folder);
        CREATE INDEX meetings_room ON meetings (room, start);
        CREATE INDEX meetings_unfinished ON meetings (folder) WHERE complete = 0;
        CREATE TABLE participants (
            meeting INTEGER NOT NULL REFERENCES meetings ON DELETE CASCADE, position INTEGER NOT NULL,
            participant TEXT NOT NULL, name TEXT NOT NULL, joined INTEGER NOT NULL, left INTEGER,
            PRIMARY KEY (meeting, position)) WITHOUT ROWID;
        CREATE TABLE segments (
            meeting INTEGER NOT NULL REFERENCES meetings ON DELETE CASCADE, file TEXT NOT NULL,
            participant TEXT NOT NULL, source TEXT NOT NULL, number INTEGER NOT NULL, start INTEGER NOT NULL,
            duration INTEGER NOT NULL, bytes INTEGER NOT NULL, state TEXT NOT NULL, sha256 TEXT,
            PRIMARY KEY (meeting, file)) WITHOUT ROWID;
        CREATE INDEX segments_unhashed ON segments (meeting) WHERE sha256 IS NULL AND state = 'finalised';
        CREATE TABLE tracks (
            meeting INTEGER NOT NULL REFERENCES meetings ON DELETE CASCADE, file TEXT NOT NULL,
            position INTEGER NOT NULL, track INTEGER NOT NULL, kind TEXT NOT NULL, codec TEXT NOT NULL,
            width INTEGER, height INTEGER, sampleRate INTEGER, channels INTEGER, packets INTEGER NOT NULL,
            PRIMARY KEY (meeting, file, position)) WITHOUT ROWID;
        CREATE TABLE events (
            id INTEGER PRIMARY KEY, meeting INTEGER NOT NULL REFERENCES meetings ON DELETE CASCADE,
            time INTEGER NOT NULL, event TEXT NOT NULL, participant TEXT, name TEXT, track INTEGER, source TEXT,
            file TEXT, packets INTEGER, reason TEXT, text TEXT);
        CREATE INDEX events_meeting ON events (meeting, time);
        """

    /// Everything that is in the tables and comes from the folders, a line each, in an order that does not depend on
    /// when it was entered.
    static let content = [
        """
        SELECT folder, room, meeting, started, ended, start, finish, duration, people, files, bytes, hold, complete,
            problem, names, journal FROM meetings ORDER BY folder
        """,
        """
        SELECT m.folder, p.position, p.participant, p.name, p.joined, p.left
            FROM participants p JOIN meetings m ON m.id = p.meeting ORDER BY m.folder, p.position
        """,
        """
        SELECT m.folder, s.file, s.participant, s.source, s.number, s.start, s.duration, s.bytes, s.state, s.sha256
            FROM segments s JOIN meetings m ON m.id = s.meeting ORDER BY m.folder, s.file
        """,
        """
        SELECT m.folder, t.file, t.position, t.track, t.kind, t.codec, t.width, t.height, t.sampleRate, t.channels,
            t.packets FROM tracks t JOIN meetings m ON m.id = t.meeting ORDER BY m.folder, t.file, t.position
        """,
        """
        SELECT m.folder, e.time, e.event, e.participant, e.name, e.track, e.source, e.file, e.packets, e.reason, e.text
            FROM events e JOIN meetings m ON m.id = e.meeting ORDER BY m.folder, e.id
        """,
    ]
}
