import Archive
import Media

/// `convene archive verify`.
public enum ArchiveCheck {
    /// What is to be checked, and how.
    public struct Options: Sendable {
        /// Names as ``ArchiveIndex/meeting(_:)`` takes them; all meetings where there are none.
        public var meetings: [String]
        /// Whether all media is decoded.
        public var deep: Bool
        /// Whether digests that are missing are computed and kept.
        public var updatesHashes: Bool

        /// Options from their parts.
        public init(meetings: [String], deep: Bool, updatesHashes: Bool) {
            self.meetings = meetings
            self.deep = deep
            self.updatesHashes = updatesHashes
        }
    }

    /// Checks meetings, and prints a line for each thing that is wrong.
    /// - Throws: ``AppError`` with ``ExitStatus/failure`` where something is.
    public static func run(_ options: Options, archive: String?, configuration file: String?) async throws {
        let root = try ArchiveReport.path(archive, file)
        let folders =
            try options.meetings.isEmpty ? ArchiveVerifier.folders(archive: root) : named(options, root)
        var problems = 0
        var files = 0
        var bytes: Int64 = 0
        func say(_ findings: [ArchiveFinding]) {
            for finding in findings {
                Output.line(finding.severity == .note ? "\(finding) (no problem)" : finding.description)
                if finding.severity == .problem { problems += 1 }
            }
        }
        if options.meetings.isEmpty { say(try ArchiveVerifier.strays(archive: root)) }
        for folder in folders {
            let verifier = MeetingVerifier(folder: folder, addingDigests: options.updatesHashes)
            say(verifier.findings)
            if options.deep {
                for file in verifier.media {
                    say(DeepCheck.findings(file.path, packets: file.packets, isIntact: file.isIntact))
                }
            }
            files += verifier.files
            bytes += verifier.bytes
        }
        let what =
            "\(Counted.text(folders.count, "meeting")), \(Counted.text(files, "file")), \(ByteSize.text(bytes))"
        guard problems == 0 else {
            throw AppError(
                "\(Counted.text(problems, "problem")) in \(what). The lines above say what and where.",
                status: .failure)
        }
        Output.line("\(what): everything is in order\(options.deep ? ", all of it decodes" : "").")
    }

    private static func named(_ options: Options, _ root: String) throws(ArchiveError) -> [String] {
        let index = try ArchiveReport.open(root)
        var folders: [String] = []
        for name in options.meetings {
            let folder = root + "/" + (try index.meeting(name).folder)
            if !folders.contains(folder) { folders.append(folder) }
        }
        return folders
    }
}
