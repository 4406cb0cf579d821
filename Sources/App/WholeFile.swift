import Container
import Glibc

/// Files that appear under their name only when they are complete.
package enum WholeFile {
    /// Before the work: finds out whether a file can be written at `path`, as far as that can be seen by then.
    /// - Throws: ``AppError``.
    package static func check(_ path: String) throws(AppError) {
        var status = stat()
        guard !path.isEmpty else { throw refusal("\"\"", SystemError.text(ENOENT)) }
        if stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG {
            let isFolder = status.st_mode & S_IFMT == S_IFDIR
            throw refusal(path, isFolder ? "it is a folder" : "it is a device or a pipe, not a file")
        }
        let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
        guard access(folder, W_OK | X_OK) == 0 else { throw refusal(path, SystemError.text(errno)) }
    }

    /// Writes `bytes` beside `path` and renames.
    static func write(_ bytes: [UInt8], to path: String) throws {
        let temporary = "\(path).\(getpid()).part"
        do {
            let file = try RecordingFile(temporary, .create)
            try file.write(bytes, at: 0)
        } catch {
            unlink(temporary)
            guard case .file(_, _, let code) = error else { throw error }
            throw refusal(path, SystemError.text(code))
        }
        guard rename(temporary, path) == 0 else {
            let code = errno
            unlink(temporary)
            throw refusal(path, SystemError.text(code))
        }
    }

    private static func refusal(_ path: String, _ reason: String) -> AppError {
        AppError("\(path) cannot be written: \(reason). Choose another file.", status: .inputOutput)
    }
}

extension ViewOptions {
    /// Before a meeting is entered: finds out whether what is written at its end can be.
    /// - Throws: ``AppError``.
    func checkFiles() throws(AppError) {
        for path in [snapshot, statistics] {
            if let path { try WholeFile.check(path) }
        }
    }
}
