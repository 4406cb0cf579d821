import FoundationEssentials
import Glibc

/// What a folder takes of the disk.
enum FolderSize {
    /// Bytes of the blocks of all its files; a meeting's folder has no folders in it.
    static func bytes(_ path: String) -> Int64 {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        return names.reduce(0) { sum, name in
            var status = stat()
            return lstat(path + "/" + name, &status) == 0 ? sum + Int64(status.st_blocks) * 512 : sum
        }
    }
}
