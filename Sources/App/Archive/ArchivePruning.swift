import Archive
import Media

/// `convene archive prune`: deletes what is too old, and the oldest until the disk has room.
///
/// What goes is computed first. Nothing is deleted where the room that is wanted cannot be made, and more than half of the
/// archive goes only where somebody has said yes.
public enum ArchivePruning {
    /// What is wanted, as it was typed.
    public struct Options: Sendable {
        /// For instance `90d`.
        public var olderThan: String?
        /// For instance `20G`.
        public var keepFree: String?
        /// Whether it only says what it would delete.
        public var isDryRun: Bool
        /// Whether nobody is asked.
        public var isConfirmed: Bool

        /// Options from their parts.
        public init(olderThan: String?, keepFree: String?, isDryRun: Bool, isConfirmed: Bool) {
            self.olderThan = olderThan
            self.keepFree = keepFree
            self.isDryRun = isDryRun
            self.isConfirmed = isConfirmed
        }
    }

    /// Deletes what `options` say.
    /// - Throws: ``AppError`` where the room cannot be made, nobody confirms, or something could not be deleted.
    public static func run(_ options: Options, archive: String?, configuration file: String?) async throws {
        let policy = try policy(options)
        let root = try ArchiveReport.path(archive, file)
        if !options.isDryRun {
            try ArchiveAccess.check([root], in: root)
            MeetingRemoval.finish(archive: root)
        }
        let meetings = try ArchiveReport.open(root).meetings()
        let free = try PrunePlan.freeBytes(archive: root)
        let plan = PrunePlan(
            policy, meetings: meetings, archive: root, now: MediaClock.system.wallNanoseconds() / 1000,
            freeBytes: free)
        for (meeting, reason) in plan.kept { Output.line("keeping \(meeting.folder): \(reason)") }
        guard plan.missingBytes == 0 else { throw unreachable(plan, free: free, options) }
        if options.isDryRun { return tell(plan) }
        let all = PrunePlan.Amount(
            meetings: meetings.count, bytes: meetings.reduce(0) { $0 &+ PrunePlan.bytes($1, archive: root) })
        if plan.isMoreThanHalf(of: all) {
            try Confirmation(isGiven: options.isConfirmed).ask(
                "This deletes \(plan.amount.meetings) of \(Counted.text(all.meetings, "meeting")),"
                    + " \(ByteSize.text(plan.amount.bytes)) of \(ByteSize.text(all.bytes)). Delete them for good?",
                remedy: "Look at it with --dry-run, then add --yes")
        }
        try delete(plan, root)
    }

    private static func unreachable(_ plan: PrunePlan, free: Int64, _ options: Options) -> AppError {
        AppError(
            "--keep-free \(options.keepFree ?? "") cannot be reached: \(ByteSize.text(free)) are free, what may go"
                + " (\(Counted.text(plan.amount.meetings, "meeting"))) has \(ByteSize.text(plan.amount.bytes)), and"
                + " \(ByteSize.text(plan.missingBytes)) would still be missing. Nothing was deleted. Ask for less,"
                + " release a hold, or make room by other means.", status: .failure)
    }

    private static func tell(_ plan: PrunePlan) {
        for entry in plan.deletions { Output.line("would delete " + line(entry)) }
        Output.line(
            "would delete \(Counted.text(plan.amount.meetings, "meeting")), \(ByteSize.text(plan.amount.bytes))"
        )
    }

    private static func delete(_ plan: PrunePlan, _ root: String) throws(AppError) {
        var freed: Int64 = 0
        var failures = 0
        for entry in plan.deletions {
            do {
                try MeetingRemoval.delete(entry.meeting.folder, archive: root)
                freed &+= entry.bytes
                Output.line("deleted " + line(entry))
            } catch {
                failures += 1
                Output.line("could not delete \(entry.meeting.folder): \(error)")
            }
        }
        let deleted = Counted.text(plan.deletions.count - failures, "meeting")
        Output.line("deleted \(deleted), \(ByteSize.text(freed))")
        if failures > 0 {
            throw AppError(
                "\(Counted.text(failures, "meeting")) could not be deleted.", status: .inputOutput)
        }
    }

    private static func policy(_ options: Options) throws(AppError) -> PrunePlan.Policy {
        guard options.olderThan != nil || options.keepFree != nil else {
            throw AppError("Say what may go: --older-than 90d, --keep-free 20G, or both.", status: .usage)
        }
        let age = options.olderThan.map { ($0, TimeSpan.parse($0)) }
        if let (text, age) = age, age == nil {
            throw AppError(
                "\(text) is no length of time for --older-than. \(TimeSpan.hint(text))", status: .usage)
        }
        let bytes = options.keepFree.map { ($0, ByteSize.parse($0)) }
        if let (text, bytes) = bytes, bytes == nil {
            throw AppError("\(text) is no size for --keep-free. Write \(ByteSize.forms).", status: .usage)
        }
        return PrunePlan.Policy(
            olderThanSeconds: age?.1.map { $0 / 1_000_000 }, keepFreeBytes: bytes?.1)
    }

    private static func line(_ entry: (meeting: MeetingSummary, bytes: Int64, reason: PrunePlan.Reason))
        -> String
    {
        let reason =
            switch entry.reason {
            case .age(let seconds): "it ended \(TimeSpan.text(seconds * 1_000_000)) ago"
            case .space(let missing): "the oldest, and the disk lacks \(ByteSize.text(missing))"
            }
        return "\(entry.meeting.folder) (\(ByteSize.text(entry.bytes))): \(reason)"
    }
}
