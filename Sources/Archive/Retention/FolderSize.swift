import Container
import Glibc

/// What a folder takes of the disk.
enum FolderSize {
    /// Bytes of the blocks of all its files; a meeting's folder has no folders in it.
    static func bytes(_ path: String) -> Int64 {
        guard let folder = try? ConfinedFolder(path, levels: FolderLock.meetingLevels),
            let names = try? folder.names()
        else { return 0 }
        return names.reduce(0) { sum, name in
            var status = stat()
            guard fstatat(folder.descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else { return sum }
            return sum &+ Int64(status.st_blocks) * 512
        }
    }
}
