import Container
import Glibc

/// The folder in which an archive keeps what is no recording. No room has a name that begins with a dot, so that no room can have
/// this one, whatever people call their rooms.
public enum OwnFolder {
    private static let name = ".convene"
    /// The catalogue of earlier versions, which lay among the rooms.
    private static let formerCatalogue = "catalog.sqlite"

    /// Its path in the archive whose path is `archive`.
    public static func path(archive: String) -> String { archive + "/" + name }

    /// Makes it where it is missing. Where it cannot be made, what is put there fails and says why.
    public static func make(archive: String) { mkdir(path(archive: archive), 0o755) }

    /// Removes the catalogue of an earlier version, of which nothing is lost: it is made from the folders. Only a file that is one
    /// is removed; a room of that name is a folder, and stays.
    static func removeFormerCatalogue(archive: String) {
        let path = archive + "/" + formerCatalogue
        guard let file = try? RecordingFile(path, .read, levels: 1),
            // SQLite's `application_id`, and ours (IndexSchema).
            let mark = try? file.read(4, at: 68),
            mark == (0..<4).map({ UInt8(truncatingIfNeeded: IndexSchema.application >> (24 - 8 * $0)) }),
            let folder = try? ConfinedFolder(archive)
        else { return }
        for suffix in ["", "-journal", "-wal", "-shm"] { folder.remove(formerCatalogue + suffix) }
    }
}
