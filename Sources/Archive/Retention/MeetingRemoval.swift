import Container
import FoundationEssentials
import Glibc

/// Deletes meetings, all of one or nothing.
public enum MeetingRemoval {
    /// Folders that are being deleted begin with this; nothing lists them.
    private static let prefix = ".deleted-"

    /// Deletes a meeting. It is gone from every list at once; what a crash leaves of it goes with the next deletion or
    /// start of the server. Blocks on the disk.
    /// - Parameter folder: relative to the archive, `ROOM/MEETING`.
    /// - Throws: ``ArchiveError/kept(meeting:reason:)`` where it is on hold, is being recorded, or its manifest cannot
    ///   be read, so that nobody knows whether it is on hold.
    public static func delete(_ folder: String, archive: String) throws(ArchiveError) {
        let path = archive + "/" + folder
        // Whoever puts it on hold meanwhile comes first or not at all.
        guard let lock = FolderLock(path, milliseconds: 10_000) else {
            throw .noSuchMeeting(name: folder, archive: archive)
        }
        defer { lock.release() }
        if let reason = reasonToKeep(path) { throw .kept(meeting: folder, reason: reason) }
        let parts = folder.split(separator: "/", maxSplits: 1)
        guard parts.count == 2 else { throw .noSuchMeeting(name: folder, archive: archive) }
        let room = archive + "/" + parts[0]
        let hidden = room + "/" + prefix + parts[1]
        try? FileManager.default.removeItem(atPath: hidden)
        guard rename(path, hidden) == 0 else { throw .folder(path: path, reason: SystemError.text(errno)) }
        do {
            try RecordingFile.synchronizeFolder(room)
        } catch { throw .container(error) }
        // The catalogue follows by itself where this fails.
        try? ArchiveIndex(archive: archive, mayBeInMemory: false).remove(folder)
        do { try FileManager.default.removeItem(atPath: hidden) } catch {
            throw .folder(path: hidden, reason: "\(error)")
        }
        // Only where it is empty.
        rmdir(room)
    }

    /// Why the meeting in the folder `path` must not be deleted, `nil` where it may.
    static func reasonToKeep(_ path: String) -> String? {
        if Journal.isInUse(folder: path) { return "it is being recorded" }
        guard let manifest = try? MeetingManifest.read(folder: path) else {
            return
                "its meeting.json cannot be read, and may say that it is on hold; `convene archive recover` mends it"
        }
        return manifest.hold == true ? "it is on hold; `convene archive hold --release` ends that" : nil
    }

    /// Removes what crashes have left of meetings that were being deleted.
    public static func finish(archive: String) {
        let files = FileManager.default
        for room in (try? files.contentsOfDirectory(atPath: archive)) ?? [] where !room.hasPrefix(".") {
            let path = archive + "/" + room
            guard FileStamp.isFolder(path) else { continue }
            for name in (try? files.contentsOfDirectory(atPath: path)) ?? [] where name.hasPrefix(prefix) {
                try? files.removeItem(atPath: path + "/" + name)
            }
        }
    }
}
