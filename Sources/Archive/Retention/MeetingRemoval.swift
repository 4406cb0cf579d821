import Container
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
        guard EntryName.isMeeting(folder) else { throw .noSuchMeeting(name: folder, archive: archive) }
        let path = archive + "/" + folder
        // Whoever puts it on hold meanwhile comes first or not at all.
        guard let lock = FolderLock(path, milliseconds: 10_000) else {
            throw .noSuchMeeting(name: folder, archive: archive)
        }
        defer { lock.release() }
        if let reason = reasonToKeep(path) { throw .kept(meeting: folder, reason: reason) }
        let parts = folder.split(separator: "/").map(String.init)
        let hidden = prefix + parts[1]
        do throws(ContainerError) {
            let room = try ConfinedFolder(archive + "/" + parts[0], levels: 1)
            try room.removeTree(hidden)
            try room.rename(parts[1], to: hidden)
            try room.synchronize()
            // The catalogue follows by itself where this fails.
            try? ArchiveIndex(archive: archive, mayBeInMemory: false).remove(folder)
            try room.removeTree(hidden)
        } catch { throw .container(error) }
        // Only where it is empty.
        rmdir(archive + "/" + parts[0])
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
        for name in (try? ConfinedFolder.names(archive)) ?? [] where !name.hasPrefix(".") {
            guard let room = try? ConfinedFolder(archive + "/" + name, levels: 1) else { continue }
            for name in (try? room.names()) ?? [] where name.hasPrefix(prefix) {
                try? room.removeTree(name)
            }
        }
    }
}
