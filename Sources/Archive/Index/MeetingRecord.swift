import Glibc

/// What the catalogue repeats of one meeting's folder, as it stands there now.
struct MeetingRecord {
    /// Relative to the archive, `ROOM/MEETING`.
    let folder: String
    /// Missing where it cannot be read.
    let manifest: MeetingManifest?
    let summary: MeetingSummary
    /// When the manifest was last written, see ``FileStamp``.
    let modified: Int64
    /// Events of the journal from the offset on that was asked for. Those that only tie clocks together are left out.
    let events: [Journal.Event]
    /// Bytes of the journal that are read now.
    let journal: Int64
    /// Whether ``events`` are all there are, rather than only what came since.
    let isWhole: Bool

    /// Reads a folder.
    /// - Parameter offset: of the journal, from which on its events are wanted.
    /// - Returns: `nil` where there is no manifest.
    init?(archive: String, folder: String, journalFrom offset: Int64) {
        let path = archive + "/" + folder
        guard let modified = FileStamp.modified(path + "/" + MeetingManifest.fileName) else { return nil }
        self.folder = folder
        self.modified = modified
        do throws(ArchiveError) {
            let manifest = try MeetingManifest.read(folder: path)
            self.manifest = manifest
            summary = MeetingSummary(folder: folder, manifest: manifest)
        } catch {
            manifest = nil
            summary = MeetingSummary(folder: folder, problem: error.description)
        }
        let size = FileStamp.size(path + "/" + Journal.fileName) ?? 0
        let start = offset <= size ? offset : 0
        isWhole = start == 0
        let read = try? Journal.read(folder: path, from: start, leavingOut: "clock")
        events = read?.events ?? []
        journal = read?.end ?? start
    }
}

/// What tells whether a file or folder is still the one that was read.
enum FileStamp {
    /// Nanoseconds of the Unix epoch at which it was last changed; `nil` where there is none.
    static func modified(_ path: String) -> Int64? {
        status(path).map { Int64($0.st_mtim.tv_sec) * 1_000_000_000 + Int64($0.st_mtim.tv_nsec) }
    }

    /// Nanoseconds of the Unix epoch, by the clock of ``modified(_:)``.
    static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    /// Bytes; `nil` where there is none.
    static func size(_ path: String) -> Int64? { status(path).map { Int64($0.st_size) } }

    /// Whether it is a folder, and no link to one.
    static func isFolder(_ path: String) -> Bool {
        status(path).map { $0.st_mode & S_IFMT == S_IFDIR } ?? false
    }

    /// Whether it is a link.
    static func isLink(_ path: String) -> Bool {
        status(path).map { $0.st_mode & S_IFMT == S_IFLNK } ?? false
    }

    private static func status(_ path: String) -> stat? {
        var status = stat()
        return lstat(path, &status) == 0 ? status : nil
    }
}
