import Archive
import Media

/// `convene archive reindex|delete|hold`: what changes an archive.
public enum ArchiveRetention {
    /// Makes the catalogue anew from the folders.
    public static func reindex(archive: String?, configuration file: String?) async throws {
        let root = try ArchiveReport.path(archive, file)
        let catalogue = ArchiveIndex.path(archive: root)
        let folder = catalogue.lastIndex(of: "/").map { String(catalogue[..<$0]) } ?? root
        try ArchiveAccess.check([root, folder, catalogue], in: root)
        let index = try ArchiveIndex(archive: root, rebuilding: true)
        let meetings = try index.meetings()
        guard index.isStored else {
            throw AppError(
                "\(catalogue) cannot be written: \(index.reasonOfRebuild ?? "").", status: .inputOutput)
        }
        let files = meetings.reduce(0) { $0 &+ $1.files }
        Output.line(
            "\(catalogue): \(Counted.text(meetings.count, "meeting")), \(Counted.text(files, "file")).")
    }

    /// Deletes one meeting. Asks first unless it is named in full, `ROOM/MEETING`.
    public static func delete(
        meeting name: String, isConfirmed: Bool, archive: String?, configuration file: String?
    ) async throws {
        let root = try ArchiveReport.path(archive, file)
        let meeting = try ArchiveReport.open(root).meeting(name)
        try ArchiveAccess.check([root + "/" + meeting.room, root + "/" + meeting.folder], in: root)
        let isNamedInFull = name == meeting.folder || name == "\(meeting.room)/\(meeting.meeting)"
        try Confirmation(isGiven: isConfirmed || isNamedInFull).ask(
            "\(name) is \(meeting.folder), \(about(meeting)). Delete it for good?",
            remedy: "Name it in full, or add --yes")
        try MeetingRemoval.delete(meeting.folder, archive: root)
        Output.line("deleted \(meeting.folder) (\(ByteSize.text(meeting.bytes)))")
    }

    private static func about(_ meeting: MeetingSummary) -> String {
        let people = meeting.names.isEmpty ? "" : " with \(ArchiveReport.list(meeting.names))"
        return "\(ClockTime.text(meeting.duration))\(people), \(ByteSize.text(meeting.bytes))"
    }

    /// Puts a meeting on hold, or releases it.
    public static func hold(
        meeting name: String, release: Bool, archive: String?, configuration file: String?
    ) async throws {
        let root = try ArchiveReport.path(archive, file)
        let meeting = try ArchiveReport.open(root).meeting(name)
        try ArchiveAccess.check([root + "/" + meeting.folder], in: root)
        let hasChanged = try MeetingHold.set(!release, folder: meeting.folder, archive: root)
        let state = release ? "not on hold" : "on hold"
        Output.line("\(meeting.folder) is \(hasChanged ? "now" : "already") \(state)")
    }
}
