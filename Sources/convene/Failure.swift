import App
import Glibc

/// The end of a command that failed.
enum Failure {
    /// Says in one line what failed, and ends the process.
    static func end(_ error: AppError) -> Never {
        let line =
            "convene: " + error.description.split(whereSeparator: \.isNewline).joined(separator: " ") + "\n"
        _ = line.withCString { write(STDERR_FILENO, $0, strlen($0)) }
        exit(error.status.rawValue)
    }
}
