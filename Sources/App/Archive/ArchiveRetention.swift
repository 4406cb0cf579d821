import Archive
import Media

/// `convene archive reindex|delete|prune|hold`: what changes an archive.
public enum ArchiveRetention {
    /// Makes the catalogue anew from the folders.
    public static func reindex(archive: String?, configuration file: String?) async throws {
        let root = try ArchiveReport.path(archive, file)
        let index = try ArchiveIndex(archive: root, rebuilding: true)
        let meetings = try index.meetings()
        guard index.isStored else {
            throw AppError(
                "\(root)/\(ArchiveIndex.fileName) cannot be written: \(index.reasonOfRebuild ?? "").",
                status: .inputOutput)
        }
        let files = meetings.reduce(0) { $0 + $1.files }
        Output.line("\(root)/\(ArchiveIndex.fileName): \(meetings.count) meetings, \(files) files.")
    }

    /// Deletes one meeting.
    public static func delete(meeting name: String, archive: String?, configuration file: String?)
        async throws
    {
        let root = try ArchiveReport.path(archive, file)
        let meeting = try ArchiveReport.open(root).meeting(name)
        try MeetingRemoval.delete(meeting.folder, archive: root)
        Output.line("deleted \(meeting.folder) (\(ArchiveText.size(meeting.bytes)))")
    }

    /// Puts a meeting on hold, or releases it.
    public static func hold(
        meeting name: String, release: Bool, archive: String?, configuration file: String?
    ) async throws {
        let root = try ArchiveReport.path(archive, file)
        let meeting = try ArchiveReport.open(root).meeting(name)
        let hasChanged = try MeetingHold.set(!release, folder: meeting.folder, archive: root)
        let state = release ? "not on hold" : "on hold"
        Output.line("\(meeting.folder) is \(hasChanged ? "now" : "already") \(state)")
    }

    /// Deletes what is too old, and the oldest until the disk has room.
    ///
    /// - Parameters:
    ///   - olderThan: as typed, for instance `90d`.
    ///   - keepFree: as typed, for instance `20G`.
    ///   - dryRun: whether it only says what it would delete.
    /// - Throws: ``AppError`` where the room cannot be made, or something could not be deleted.
    public static func prune(
        olderThan: String?, keepFree: String?, dryRun: Bool, archive: String?, configuration file: String?
    ) async throws {
        let root = try ArchiveReport.path(archive, file)
        let policy = try policy(olderThan, keepFree)
        if !dryRun { MeetingRemoval.finish(archive: root) }
        let meetings = try ArchiveReport.open(root).meetings()
        let plan = PrunePlan(
            policy, meetings: meetings, archive: root, now: MediaClock.system.wallNanoseconds() / 1000,
            freeBytes: try PrunePlan.freeBytes(archive: root))
        for (meeting, reason) in plan.kept { Output.line("keeping \(meeting.folder): \(reason)") }
        var freed: Int64 = 0
        var failures = 0
        for (meeting, bytes, reason) in plan.deletions {
            let why = "\(meeting.folder) (\(ArchiveText.size(bytes))): \(text(reason))"
            if !dryRun {
                do { try MeetingRemoval.delete(meeting.folder, archive: root) } catch {
                    failures += 1
                    Output.line("could not delete \(meeting.folder): \(error)")
                    continue
                }
            }
            freed += bytes
            Output.line((dryRun ? "would delete " : "deleted ") + why)
        }
        let count = plan.deletions.count - failures
        Output.line("\(dryRun ? "would delete" : "deleted") \(count) meetings, \(ArchiveText.size(freed))")
        if failures > 0 { throw AppError("\(failures) meetings could not be deleted.", status: .inputOutput) }
        if plan.missingBytes > 0 {
            throw AppError(
                "\(ArchiveText.size(plan.missingBytes)) are still missing to --keep-free \(keepFree ?? ""): "
                    + "nothing else may be deleted. Release a hold, or make room by other means.",
                status: .failure)
        }
    }

    private static func policy(_ olderThan: String?, _ keepFree: String?) throws(AppError) -> PrunePlan.Policy
    {
        guard olderThan != nil || keepFree != nil else {
            throw AppError("Say what may go: --older-than 90d, --keep-free 20G, or both.", status: .usage)
        }
        let seconds = olderThan.flatMap(Moment.seconds)
        if let olderThan, seconds == nil {
            throw AppError(
                "--older-than \(olderThan) is no length of time. Write 90d, 12w or 48h.", status: .usage)
        }
        let bytes = keepFree.flatMap(Moment.bytes)
        if let keepFree, bytes == nil {
            throw AppError("--keep-free \(keepFree) is no size. Write 20G, 500M or 1.5T.", status: .usage)
        }
        return PrunePlan.Policy(olderThanSeconds: seconds, keepFreeBytes: bytes)
    }

    private static func text(_ reason: PrunePlan.Reason) -> String {
        switch reason {
        case .age(let seconds) where seconds >= 172_800: "it ended \(seconds / 86400) days ago"
        case .age(let seconds) where seconds >= 7200: "it ended \(seconds / 3600) hours ago"
        case .age(let seconds): "it ended \(seconds) s ago"
        case .space(let missing): "the oldest, and the disk lacks \(ArchiveText.size(missing))"
        }
    }
}
