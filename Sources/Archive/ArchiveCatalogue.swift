import Container
import Glibc

/// Reads what is in an archive, from its folders alone.
public struct ArchiveCatalogue: Sendable {
    /// A meeting and where it lies.
    public struct Entry: Sendable {
        /// Path of its folder.
        public var folder: String
        /// What the folder holds.
        public var manifest: MeetingManifest
    }

    /// Meetings found, oldest first.
    public private(set) var meetings: [Entry] = []
    /// Folders whose manifest cannot be read, and why.
    public private(set) var problems: [ArchiveError] = []
    private let path: String

    /// Reads the manifests of all meetings below `path`.
    /// - Throws: ``ArchiveError/noArchive(path:)`` where there is none.
    public init(path: String) throws(ArchiveError) {
        self.path = path
        for folder in try Self.folders(path: path) {
            guard FileStamp.size(folder + "/" + MeetingManifest.fileName) != nil else {
                continue
            }
            do {
                meetings.append(Entry(folder: folder, manifest: try MeetingManifest.read(folder: folder)))
            } catch { problems.append(error) }
        }
        meetings.sort { ($0.manifest.started, $0.folder) < ($1.manifest.started, $1.folder) }
    }

    /// The folders of all meetings below `path`: those in which there is a journal or a manifest. Links are no folders here, and
    /// what begins with a dot is no meeting.
    static func folders(path: String) throws(ArchiveError) -> [String] {
        let rooms: [String]
        do { rooms = try ConfinedFolder.names(path) } catch {
            if case .file(_, _, ENOENT) = error { throw .noArchive(path: path) }
            throw .folder(path: path, reason: error.reason)
        }
        return rooms.filter { !$0.hasPrefix(".") }.flatMap { room in
            let parent = path + "/" + room
            let meetings = (try? ConfinedFolder.names(parent, levels: 1)) ?? []
            return meetings.filter { !$0.hasPrefix(".") }.map { parent + "/" + $0 }.filter { folder in
                FileStamp.isFolder(folder)
                    && [Journal.fileName, MeetingManifest.fileName].contains {
                        FileStamp.size(folder + "/" + $0) != nil
                    }
            }
        }
    }

    /// The meeting that `name` means: `ROOM/MEETING`, a meeting's name, a room's name for its last meeting, or `last`.
    public func meeting(_ name: String) throws(ArchiveError) -> Entry {
        let found = meetings.last { entry in
            let manifest = entry.manifest
            return name == "last" || "\(manifest.room)/\(manifest.meeting)" == name
                || manifest.meeting == name
                || manifest.room == name
        }
        guard let found else { throw .noSuchMeeting(name: name, archive: path) }
        return found
    }
}
