import Container
import Glibc

/// Files that are there already: replaced only if the user said so.
struct ExistingFiles {
    /// What the user said.
    private let mayReplace: Bool

    /// - Parameter overwrite: whether the command line says that files may be replaced.
    init(overwrite: Bool) { mayReplace = overwrite }

    private init(asked: Void) { mayReplace = true }

    /// Before the work: makes sure that no file of `paths` is replaced unasked. On a terminal it asks.
    /// - Returns: what holds from now on.
    /// - Throws: ``AppError`` where a file is there and must stay.
    func checked(_ paths: [String]) throws(AppError) -> ExistingFiles {
        guard !mayReplace else { return self }
        for path in paths where access(path, F_OK) == 0 {
            guard isatty(STDIN_FILENO) == 1, isatty(STDERR_FILENO) == 1 else { throw Self.refusal(path) }
            Output.note("\(path) is there already. Replace it? [y/N]")
            let answer = readLine()?.lowercased() ?? ""
            guard answer == "y" || answer == "yes" else {
                throw AppError("Nothing was written: \(path) stays as it is.", status: .failure)
            }
            return ExistingFiles(asked: ())
        }
        return self
    }

    /// Gives the file `temporary` its name. A file that has come there in the meantime stays, unless it may be replaced.
    /// - Throws: ``AppError``; `temporary` is still there then.
    func rename(_ temporary: String, to path: String) throws(AppError) {
        if !mayReplace {
            // Unlike rename(2), this never replaces a file.
            if link(temporary, path) == 0 {
                unlink(temporary)
                return
            }
            // Some file systems have no links; between the look and the renaming is only an instant.
            guard errno != EEXIST, access(path, F_OK) != 0 else { throw Self.refusal(path) }
        }
        guard Glibc.rename(temporary, path) != 0 else { return }
        throw AppError(
            "\(path) cannot be written: \(SystemError.text(errno)). Choose another file.",
            status: .inputOutput)
    }

    private static func refusal(_ path: String) -> AppError {
        AppError(
            "\(path) is there already. Add --overwrite to replace it, or choose another file.",
            status: .inputOutput)
    }
}
