import Container
import Glibc

/// A lock on a folder among all processes, `flock`ed on the folder itself: nothing is left behind, and a process that
/// dies lets go of it.
final class FolderLock {
    /// How many of the last parts of the path of a meeting's folder are names in an archive.
    static let meetingLevels = RecordingFile.archiveLevels - 1

    private let folder: ConfinedFolder
    private var isHeld = true

    /// Locks `path`; waits up to `milliseconds`.
    /// - Parameter levels: how many of the path's last parts are resolved without following links.
    /// - Returns: `nil` where somebody else has it for longer, or there is no such folder.
    init?(_ path: String, milliseconds: Int, levels: Int = meetingLevels) {
        guard let folder = Self.locked(path, milliseconds: milliseconds, levels: levels) else { return nil }
        self.folder = folder
    }

    private static func locked(_ path: String, milliseconds: Int, levels: Int) -> ConfinedFolder? {
        guard let folder = try? ConfinedFolder(path, levels: levels) else { return nil }
        var left = milliseconds
        while flock(folder.descriptor, LOCK_EX | LOCK_NB) != 0 {
            guard left > 0, errno == EWOULDBLOCK || errno == EINTR else { return nil }
            usleep(5000)
            left -= 5
        }
        return folder
    }

    /// Lets go. Later calls change nothing.
    func release() {
        if isHeld { flock(folder.descriptor, LOCK_UN) }
        isHeld = false
    }
}
