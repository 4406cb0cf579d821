import Container
import Glibc

/// A file that is written under another name and gets its own when it is complete. Nothing stays where it is not.
struct PartialFile {
    let path: String
    let temporary: String
    private let existing: ExistingFiles

    /// - Parameter existing: whether a file of that name may be replaced.
    /// - Throws: where there is no folder for it.
    init(_ path: String, _ existing: ExistingFiles) throws(AppError) {
        self.path = path
        self.existing = existing
        temporary = "\(path).\(getpid()).part"
        // Told before the work, not after it.
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw Self.error(path, errno) }
        close(descriptor)
    }

    /// Gives the file its name, once its content is on the disk.
    func commit() throws {
        do {
            try RecordingFile(temporary, .update).synchronize()
        } catch {
            discard()
            throw error
        }
        do { try existing.rename(temporary, to: path) } catch {
            discard()
            throw error
        }
    }

    /// Removes what was written.
    func discard() { unlink(temporary) }

    private static func error(_ path: String, _ code: Int32) -> AppError {
        AppError(
            "\(path) cannot be written: \(SystemError.text(code)). Choose another file.", status: .inputOutput
        )
    }
}
