import CSQLite
import Container
import Glibc

/// The catalogue, `.convene/catalog.sqlite`: what there is in the archive's folders, to be found quickly.
///
/// Only an index. It is made anew from the folders where it is missing, damaged, or of another version, and follows
/// them by itself where rooms and meetings come and go. Nothing is lost with it. Where the archive cannot be written,
/// it is made in memory.
///
/// Confined to one thread; blocks on the disk. While it exists, no other process and no other ``ArchiveIndex`` has the
/// catalogue: keep it for as long as a question takes.
public final class ArchiveIndex {
    /// The path of its file in the archive whose path is `archive`.
    public static func path(archive: String) -> String { OwnFolder.path(archive: archive) + "/" + fileName }

    private static let fileName = "catalog.sqlite"
    /// What SQLite puts beside a database.
    private static let companions = ["-journal", "-wal", "-shm"]

    /// Why it had to be made from the folders, where it had to be.
    public private(set) var reasonOfRebuild: String?
    /// Whether it is on the disk, rather than in memory.
    public private(set) var isStored = true
    private let archive: String
    private let mayBeInMemory: Bool
    private let lock: FolderLock
    private var database: Database
    private static let lockMilliseconds = 60_000

    /// Opens the catalogue of an archive, and brings it in line with the folders.
    /// - Parameters:
    ///   - rebuilding: whether it is made anew, whatever state it is in.
    ///   - mayBeInMemory: whether it is made in memory where the file cannot be used. Of no use for changes.
    /// - Throws: ``ArchiveError/noArchive(path:)``; ``ArchiveError/folder(path:reason:)`` where it cannot be read, or
    ///   another process has the catalogue for more than a minute.
    public init(archive: String, rebuilding: Bool = false, mayBeInMemory: Bool = true) throws(ArchiveError) {
        self.archive = archive
        self.mayBeInMemory = mayBeInMemory
        guard access(archive, F_OK) == 0 else { throw .noArchive(path: archive) }
        guard let lock = FolderLock(archive, milliseconds: Self.lockMilliseconds, levels: 0) else {
            throw .folder(
                path: archive, reason: "its catalogue is in use, or it is no folder that can be read")
        }
        self.lock = lock
        do {
            OwnFolder.make(archive: archive)
            OwnFolder.removeFormerCatalogue(archive: archive)
            guard FileStamp.isFolder(OwnFolder.path(archive: archive)),
                !FileStamp.isLink(Self.path(archive: archive))
            else {
                throw DatabaseError(
                    code: SQLITE_CANTOPEN,
                    message: "\(OwnFolder.path(archive: archive)) is no folder of its own")
            }
            database = try Database(path: Self.path(archive: archive))
            let isCurrent = try IndexSchema.isCurrent(database)
            if rebuilding || !isCurrent {
                let isNew = try database.rows("SELECT 1 FROM sqlite_master LIMIT 1").isEmpty
                try rebuild(
                    because: rebuilding
                        ? "it was asked for" : isNew ? "it is missing" : "it is of another version")
            } else {
                try database.transaction { try IndexWriter(database: $0, archive: archive).refresh() }
            }
        } catch {
            database = try Self.inMemory(archive)
            try recover(from: error)
        }
    }

    // MARK: questions

    /// The meetings that `filter` lets through, oldest first.
    public func meetings(_ filter: MeetingFilter = MeetingFilter()) throws(ArchiveError) -> [MeetingSummary] {
        var conditions: [String] = []
        var arguments: [any DatabaseConvertible] = []
        func add(_ condition: String, _ value: (any DatabaseConvertible)?) {
            guard let value else { return }
            conditions.append(condition)
            arguments.append(value)
        }
        add("room = ?", filter.room)
        add("finish >= ?", filter.from)
        add("start < ?", filter.to)
        let clause = conditions.isEmpty ? "" : "WHERE " + conditions.joined(separator: " AND ")
        return try ask { [arguments] database in
            var found: [MeetingSummary] = []
            try database.run("\(Self.columns) \(clause) ORDER BY start, folder", arguments) {
                found.append(try Self.summary($0))
            }
            return found
        }
    }

    /// The meeting that `name` means: `ROOM/MEETING`, a meeting's name, a room's name for its last meeting, or `last`.
    /// - Throws: ``ArchiveError/noSuchMeeting(name:archive:)``.
    public func meeting(_ name: String) throws(ArchiveError) -> MeetingSummary {
        let found = try ask { database in
            try database.rows(
                """
                \(Self.columns) WHERE folder = ?1
                    OR (problem IS NULL AND (?1 = 'last' OR room || '/' || meeting = ?1 OR meeting = ?1 OR room = ?1))
                ORDER BY start DESC, folder DESC LIMIT 1
                """, [name]
            ).first.map(Self.summary)
        }
        guard let found else { throw .noSuchMeeting(name: name, archive: archive) }
        return found
    }

    /// The folders in which there are finalised files without a digest.
    func unhashed() throws(ArchiveError) -> [String] {
        try ask { database in
            try database.rows(
                """
                SELECT folder FROM meetings WHERE id IN
                    (SELECT meeting FROM segments WHERE sha256 IS NULL AND state = 'finalised') ORDER BY start
                """
            ).map { $0[0] }.filter(EntryName.isMeeting)
        }
    }

    /// Everything that it knows, a line each, in the order of the folders: equal for equal archives.
    package func content() throws(ArchiveError) -> [String] {
        try ask { database in
            try IndexSchema.content.flatMap { sql in
                try database.rows(sql).map { row in
                    row.values.map(\.description).joined(separator: "|")
                }
            }
        }
    }

    // MARK: changes

    /// Enters what the folder of a meeting, `ROOM/MEETING`, holds now.
    func update(_ folder: String) throws(ArchiveError) {
        try ask { [archive] in _ = try IndexWriter(database: $0, archive: archive).update(folder) }
    }

    /// Forgets a meeting.
    func remove(_ folder: String) throws(ArchiveError) {
        try ask { [archive] in try IndexWriter(database: $0, archive: archive).remove(folder) }
    }

    // MARK: opening and rebuilding

    private static let columns = """
        SELECT folder, room, meeting, started, ended, start, finish, duration, people, files, bytes, hold, complete,
            problem, names FROM meetings
        """

    /// - Throws: where the row names what is no meeting of the archive: it was written by somebody else.
    private static func summary(_ row: Row) throws -> MeetingSummary {
        let start: Int64 = row[5]
        let folder: String = row[0]
        guard EntryName.isMeeting(folder) else {
            throw DatabaseError(code: SQLITE_CORRUPT, message: "it names a folder outside of the archive")
        }
        let names: String = row[14]
        return MeetingSummary(
            folder: folder, room: row[1], meeting: row[2], started: row[3], ended: row[4], duration: row[7],
            names: names.split(separator: "\n").map(String.init), files: row[9], bytes: row[10],
            hold: row[11], complete: row[12], problem: row[13],
            span: start...max(start, row[6]))
    }

    private static func inMemory(_ archive: String) throws(ArchiveError) -> Database {
        do { return try Database(path: nil) } catch { throw .index(archive: archive, reason: "\(error)") }
    }

    private func rebuild(because reason: String) throws {
        reasonOfRebuild = reason
        if isStored {
            database.close()
            let path = Self.path(archive: archive)
            for suffix in [""] + Self.companions { unlink(path + suffix) }
            database = try Database(path: path)
        }
        try database.transaction { [archive] database in
            try IndexSchema.create(database)
            try IndexWriter(database: database, archive: archive).refresh()
        }
    }

    /// After an error: makes it anew, on the disk where that can be written, in memory otherwise.
    private func recover(from error: any Error) throws(ArchiveError) {
        do {
            if isStored, Self.isDamage(error) {
                do { return try rebuild(because: "it is damaged: \(error)") } catch {}
            }
            guard mayBeInMemory else { throw error }
            isStored = false
            database = try Database(path: nil)
            try rebuild(because: "it cannot be used: \(error)")
        } catch { throw .index(archive: archive, reason: "\(error)") }
    }

    /// Whether the file is to blame, rather than the disk.
    private static func isDamage(_ error: any Error) -> Bool {
        guard let code = (error as? DatabaseError)?.code else { return true }
        let disk = [
            SQLITE_BUSY, SQLITE_LOCKED, SQLITE_FULL, SQLITE_READONLY, SQLITE_IOERR, SQLITE_NOMEM, SQLITE_PERM,
            SQLITE_CANTOPEN,
        ]
        return !disk.contains(code)
    }

    private func ask<Answer>(_ question: (Database) throws -> Answer) throws(ArchiveError) -> Answer {
        do { return try database.transaction(question) } catch { try recover(from: error) }
        do { return try database.transaction(question) } catch {
            throw .index(archive: archive, reason: "\(error)")
        }
    }
}
