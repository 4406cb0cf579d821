import Container
import FoundationEssentials
import Glibc

/// The folder of one meeting, `archive/<room>/<meeting>/`.
struct MeetingFolder {
    let path: String
    let name: String
    let journal: Journal

    /// Makes the folder. Its name is the start of the meeting; a number follows where that is taken.
    /// Nothing is left behind where it cannot be made.
    init(archive: String, room: String, wall: Int64, voice: RoomVoice? = nil) throws(ArchiveError) {
        let parent = archive + "/" + FileName.safe(room)
        try Self.make(archive, mayExist: true)
        try Self.make(parent, mayExist: true)
        let stamp = WallTime.fileName(wall)
        var name = stamp
        var number = 1
        while true {
            do {
                try Self.make(parent + "/" + name, mayExist: false)
                break
            } catch {
                guard case .folder(_, let reason) = error, reason == SystemError.text(EEXIST), number < 1000
                else {
                    throw error
                }
                number += 1
                name = "\(stamp)-\(number)"
            }
        }
        self.name = name
        path = parent + "/" + name
        do { journal = try Journal(folder: path, voice: voice) } catch {
            rmdir(path)
            throw .container(error)
        }
    }

    /// Returns when the folder's name, and that of the room's, are on the disk. Blocks.
    static func synchronize(_ path: String) throws(ContainerError) {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        for depth in 0..<3 {
            let folder = parts.dropLast(depth).joined(separator: "/")
            try RecordingFile.synchronizeFolder(folder.isEmpty ? "/" : folder)
        }
    }

    /// Makes a folder and its parents.
    static func make(_ path: String, mayExist: Bool) throws(ArchiveError) {
        if mkdir(path, 0o755) == 0 { return }
        let code = errno
        if code == EEXIST, mayExist { return }
        if code == ENOENT, let slash = path.lastIndex(of: "/"), slash > path.startIndex {
            try make(String(path[..<slash]), mayExist: true)
            if mkdir(path, 0o755) == 0 { return }
        }
        throw .folder(path: path, reason: SystemError.text(code))
    }

    /// Replaces the manifest in `folder`: a reader sees the old one or the new one, never a part. What others than the recorder
    /// have written into it stays.
    static func write(_ manifest: MeetingManifest, folder: String) throws(ArchiveError) {
        try write(manifest, folder: folder, lock: FolderLock(folder, milliseconds: 10_000))
    }

    /// The same, unless somebody else has the folder locked.
    /// - Parameter withoutLock: whether it is replaced even then; what they overwrite comes back with the next write.
    /// - Returns: `false` where it was not replaced.
    static func tryToWrite(
        _ manifest: MeetingManifest, folder: String, withoutLock: Bool
    ) throws(ArchiveError) -> Bool {
        let lock = FolderLock(folder, milliseconds: 0)
        guard lock != nil || withoutLock else { return false }
        try write(manifest, folder: folder, lock: lock)
        return true
    }

    private static func write(
        _ manifest: MeetingManifest, folder: String, lock: FolderLock?
    ) throws(ArchiveError) {
        var merged = manifest
        if let known = try? MeetingManifest.read(folder: folder) { merged.adopt(known) }
        defer { lock?.release() }
        try replace(merged, folder: folder, temporary: lock == nil ? ".late" : ".new")
    }

    /// Changes the manifest in `folder`, without another change in between.
    static func update(
        folder: String, _ change: (inout MeetingManifest) -> Void
    ) throws(ArchiveError) {
        guard let lock = FolderLock(folder, milliseconds: 10_000) else {
            throw .folder(path: folder, reason: "another process has it locked")
        }
        defer { lock.release() }
        var manifest = try MeetingManifest.read(folder: folder)
        let before = manifest
        change(&manifest)
        if manifest != before { try replace(manifest, folder: folder, temporary: ".new") }
    }

    private static func replace(
        _ manifest: MeetingManifest, folder: String, temporary suffix: String
    ) throws(ArchiveError) {
        let final = folder + "/" + MeetingManifest.fileName
        let temporary = final + suffix
        do {
            let bytes = try manifest.encoded()
            unlink(temporary)
            let file = try RecordingFile(temporary, .create)
            try file.write(bytes, at: 0)
            try file.synchronize()
            guard rename(temporary, final) == 0 else {
                throw ContainerError.file(path: final, operation: "rename", errno: errno)
            }
            try RecordingFile.synchronizeFolder(folder)
        } catch let error as ContainerError {
            throw .container(error)
        } catch {
            throw .damaged(path: final, reason: "\(error)")
        }
    }
}

/// Names that are safe as a file's: what is not a letter, a digit, `.`, `_` or `-` becomes `_`.
enum FileName {
    static func safe(_ text: String) -> String {
        let safe = text.unicodeScalars.prefix(64).map { scalar -> Character in
            let isPlain = scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar))
            return isPlain || scalar == "-" || scalar == "_" || scalar == "." ? Character(scalar) : "_"
        }
        let name = String(safe)
        return name.isEmpty || name.hasPrefix(".") ? "_" + name.dropFirst() : name
    }
}

/// Wall-clock times as text, UTC.
enum WallTime {
    /// `2026-03-01T09:30:00.250Z` for nanoseconds of the Unix epoch.
    static func text(_ nanoseconds: Int64) -> String {
        date(nanoseconds).formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }

    /// `2026-03-01T09-30-00Z`: no character that a file system minds.
    static func fileName(_ nanoseconds: Int64) -> String {
        date(nanoseconds).formatted(Date.ISO8601FormatStyle()).replacing(":", with: "-")
    }

    /// Microseconds of the Unix epoch for what ``text(_:)`` made, with or without a fraction; `nil` for anything else.
    static func microseconds(_ text: String) -> Int64? {
        let styles = [true, false].map { Date.ISO8601FormatStyle(includingFractionalSeconds: $0) }
        let date = styles.lazy.compactMap { try? Date(text, strategy: $0) }.first
        return date.map { Int64(($0.timeIntervalSince1970 * 1000).rounded()) * 1000 }
    }

    private static func date(_ nanoseconds: Int64) -> Date {
        Date(timeIntervalSince1970: Double(nanoseconds / 1_000_000) / 1000)
    }
}
