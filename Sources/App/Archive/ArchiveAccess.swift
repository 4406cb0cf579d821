import Container
import Glibc

/// Whether this user may change an archive: said once, before anything is changed.
package enum ArchiveAccess {
    /// - Parameters:
    ///   - paths: folders or files in the archive `root` that will change. One that is not there does not count.
    ///   - probe: the `errno` of looking whether a path can be written, 0 where it can; `nil` to ask the system.
    /// - Throws: ``AppError`` that names the archive and the first path that cannot be written.
    package static func check(
        _ paths: [String], in root: String, probe: ((String) -> Int32)? = nil
    ) throws(AppError) {
        for path in paths {
            let code = probe?(path) ?? errorOfWriting(path)
            guard [EACCES, EPERM, EROFS].contains(code) else { continue }
            let place = path == root ? "" : "\(path): "
            throw AppError(
                "The archive \(root) cannot be written by this user (\(place)\(SystemError.text(code)))."
                    + " Run this as the user whose server records there.", status: .inputOutput)
        }
    }

    private static func errorOfWriting(_ path: String) -> Int32 { access(path, W_OK) == 0 ? 0 : errno }
}
