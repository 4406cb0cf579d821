import Container
import Glibc

/// Files that appear under their name only when they are complete.
enum WholeFile {
    /// Writes `bytes` beside `path` and renames.
    static func write(_ bytes: [UInt8], to path: String) throws {
        let temporary = "\(path).\(getpid()).part"
        do {
            let file = try RecordingFile(temporary, .create)
            try file.write(bytes, at: 0)
        } catch {
            unlink(temporary)
            guard case .file(_, _, let code) = error else { throw error }
            throw AppError(
                "\(path) cannot be written: \(SystemError.text(code)). Choose another file.",
                status: .inputOutput)
        }
        guard rename(temporary, path) == 0 else {
            let code = errno
            unlink(temporary)
            throw AppError(
                "\(path) cannot be written: \(SystemError.text(code)). Choose another file.",
                status: .inputOutput)
        }
    }
}
