import Container

/// Finds the meetings to check, and the folders that hold none.
public enum ArchiveVerifier {
    /// The paths of all folders of meetings below `archive`, rooms in order of their names.
    /// - Throws: ``ArchiveError/noArchive(path:)``.
    public static func folders(archive: String) throws(ArchiveError) -> [String] {
        try ArchiveCatalogue.folders(path: archive)
    }

    /// Recordings that lie in folders with neither manifest nor journal: nothing lists them.
    public static func strays(archive: String) throws(ArchiveError) -> [ArchiveFinding] {
        let known = Set(try ArchiveCatalogue.folders(path: archive))
        var findings: [ArchiveFinding] = []
        for room in (try? ConfinedFolder.names(archive)) ?? [] where !room.hasPrefix(".") {
            let parent = archive + "/" + room
            guard FileStamp.isFolder(parent) else { continue }
            for name in (try? ConfinedFolder.names(parent, levels: 1)) ?? [] {
                let path = parent + "/" + name
                guard !name.hasPrefix("."), !known.contains(path), FileStamp.isFolder(path) else { continue }
                let recordings = ((try? ConfinedFolder.names(path, levels: FolderLock.meetingLevels)) ?? [])
                    .filter { $0.hasSuffix(".mp4") }
                if !recordings.isEmpty {
                    findings.append(
                        ArchiveFinding(
                            path, "has \(recordings.count) recordings, but neither manifest nor journal"))
                }
            }
        }
        return findings
    }
}
