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

    /// Opens the folder of a meeting that was interrupted, to go on with it.
    init(reopening path: String, voice: RoomVoice? = nil) throws(ArchiveError) {
        self.path = path
        name = path.split(separator: "/").last.map(String.init) ?? path
        do { journal = try Journal(reopening: path, voice: voice) } catch { throw .container(error) }
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
        defer { lock?.release() }
        var merged = manifest
        do { merged.adopt(try MeetingManifest.read(folder: folder)) } catch {
            // What cannot be read now may say that the meeting is on hold: it is not replaced.
            if case .container = error { throw error }
        }
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
        let final = MeetingManifest.fileName
        do {
            let bytes = try manifest.encoded()
            let place = try ConfinedFolder(folder, levels: FolderLock.meetingLevels)
            place.remove(final + suffix)
            let file = try RecordingFile(
                folder + "/" + final + suffix, .create, levels: RecordingFile.archiveLevels)
            try file.write(bytes, at: 0)
            try file.synchronize()
            try place.rename(final + suffix, to: final)
            try place.synchronize()
        } catch let error as ContainerError {
            throw .container(error)
        } catch {
            throw .damaged(path: folder + "/" + final, reason: "it cannot be written as JSON")
        }
    }
}
