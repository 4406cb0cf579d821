/// Keeps meetings from being deleted.
public enum MeetingHold {
    /// Puts a meeting on hold, or releases it. Works for a meeting that is being recorded, too. Blocks on the disk.
    /// - Parameter folder: relative to the archive, `ROOM/MEETING`.
    /// - Returns: whether that changed anything.
    public static func set(_ hold: Bool, folder: String, archive: String) throws(ArchiveError) -> Bool {
        guard EntryName.isMeeting(folder) else { throw .noSuchMeeting(name: folder, archive: archive) }
        var hasChanged = false
        try MeetingFolder.update(folder: archive + "/" + folder) { manifest in
            hasChanged = (manifest.hold == true) != hold
            manifest.hold = hold ? true : nil
        }
        try? ArchiveIndex(archive: archive, mayBeInMemory: false).update(folder)
        return hasChanged
    }
}
