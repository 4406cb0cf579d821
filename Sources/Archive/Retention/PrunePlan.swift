import Glibc

/// Which meetings must go, so that none is too old and the disk has room. Deletes nothing by itself.
public struct PrunePlan: Sendable {
    /// What is wanted.
    public struct Policy: Sendable, Hashable {
        /// Seconds since its end after which a meeting goes.
        public var olderThanSeconds: Int64?
        /// Bytes that shall be free on the archive's disk; the oldest meetings go until they are.
        public var keepFreeBytes: Int64?

        /// A policy; what is missing does not matter.
        public init(olderThanSeconds: Int64?, keepFreeBytes: Int64?) {
            self.olderThanSeconds = olderThanSeconds
            self.keepFreeBytes = keepFreeBytes
        }
    }

    /// Why a meeting goes.
    public enum Reason: Sendable, Hashable {
        /// It ended this many seconds ago.
        case age(seconds: Int64)
        /// It is the oldest that is left, and the disk lacked this many bytes.
        case space(missing: Int64)
    }

    /// The meetings to delete, oldest first, and why.
    public private(set) var deletions: [(meeting: MeetingSummary, bytes: Int64, reason: Reason)] = []
    /// Those that would have to go but must stay, and why.
    public private(set) var kept: [(meeting: MeetingSummary, reason: String)] = []
    /// Bytes that will still be missing when everything that may go is gone.
    public private(set) var missingBytes: Int64 = 0

    /// Makes a plan from `meetings`, oldest first. Looks into their folders.
    /// - Parameters:
    ///   - now: microseconds of the Unix epoch.
    ///   - freeBytes: of the archive's disk, as ``freeBytes(archive:)`` finds them.
    public init(
        _ policy: Policy, meetings: [MeetingSummary], archive: String, now: Int64, freeBytes: Int64
    ) {
        var free = freeBytes
        for meeting in meetings {
            // A manifest may say anything; what ends in the far future is young.
            let age = now.subtractingReportingOverflow(meeting.span.upperBound).partialValue / 1_000_000
            let missing = max(0, (policy.keepFreeBytes ?? 0) - free)
            let isOld = meeting.problem == nil && policy.olderThanSeconds.map { age > $0 } ?? false
            guard isOld || missing > 0 else { continue }
            let path = archive + "/" + meeting.folder
            if let reason = MeetingRemoval.reasonToKeep(path) {
                kept.append((meeting, reason))
                continue
            }
            let bytes = FolderSize.bytes(path)
            free = free.addingReportingOverflow(bytes).overflow ? .max : free + bytes
            deletions.append((meeting, bytes, isOld ? .age(seconds: age) : .space(missing: missing)))
        }
        missingBytes = max(0, (policy.keepFreeBytes ?? 0) - free)
    }

    /// A number of meetings and what they take of the disk.
    public struct Amount: Sendable, Hashable {
        /// How many.
        public var meetings: Int
        /// Bytes of the disk.
        public var bytes: Int64

        /// An amount from its parts.
        public init(meetings: Int, bytes: Int64) {
            self.meetings = meetings
            self.bytes = bytes
        }
    }

    /// What goes.
    public var amount: Amount {
        Amount(meetings: deletions.count, bytes: deletions.reduce(0) { $0 &+ $1.bytes })
    }

    /// Whether more than half of the meetings, or of the bytes, of `all` go.
    public func isMoreThanHalf(of all: Amount) -> Bool {
        amount.meetings > all.meetings / 2 || amount.bytes > all.bytes / 2
    }

    /// Bytes that `meeting` takes of the disk.
    public static func bytes(_ meeting: MeetingSummary, archive: String) -> Int64 {
        FolderSize.bytes(archive + "/" + meeting.folder)
    }

    /// Bytes that are free on the disk of `archive` for whoever asks.
    public static func freeBytes(archive: String) throws(ArchiveError) -> Int64 {
        var status = statvfs()
        guard statvfs(archive, &status) == 0 else { throw .noArchive(path: archive) }
        return Int64(clamping: UInt64(status.f_bavail) * UInt64(status.f_frsize))
    }
}
