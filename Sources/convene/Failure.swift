import App
import Glibc

/// The end of a command that failed.
enum Failure {
    /// Says in one line what failed.
    /// - Returns: the status with which the process is to end.
    static func tell(_ error: AppError) -> ExitStatus {
        // A server's words may be in it, which must not steer the terminal.
        let text = error.description.split(whereSeparator: \.isNewline).joined(separator: " ")
        Output.note("convene: " + VisibleText.escaped(text))
        return error.status
    }

    /// Ends the process.
    static func exit(_ status: ExitStatus) -> Never { Glibc.exit(status.rawValue) }
}
