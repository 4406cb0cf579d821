import Container
import Glibc

/// Where work is done that nobody wants to keep.
enum TemporaryPlace {
    /// The folder for temporary files: `TMPDIR`, or `/tmp`.
    static var folder: String {
        guard let value = getenv("TMPDIR") else { return "/tmp" }
        let path = String(cString: value)
        return path.isEmpty ? "/tmp" : path
    }

    /// Everybody may make folders there: only one of our own is used.
    static func checkOwner(_ path: String) throws(BatchError) {
        var status = stat()
        guard lstat(path, &status) == 0 else { throw .folder(path: path, reason: SystemError.text(errno)) }
        guard status.st_mode & S_IFMT == S_IFDIR, status.st_uid == getuid() else {
            throw .folder(path: path, reason: "it belongs to somebody else")
        }
    }
}
