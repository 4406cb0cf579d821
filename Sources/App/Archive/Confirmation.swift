import Glibc

/// Asks before something that cannot be undone.
struct Confirmation: Sendable {
    /// Whether everything is answered with yes, as `--yes` says.
    var isGiven: Bool
    /// Whether there is somebody to ask.
    var isInteractive = isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1
    /// Reads the answer; `nil` at the end of the input.
    var read: @Sendable () -> String? = { readLine() }

    /// Returns where the answer is yes.
    /// - Parameters:
    ///   - question: one line, for instance `Delete 3 of 4 meetings?`
    ///   - remedy: what a script can do, for instance `Add --yes`.
    /// - Throws: ``AppError``: with ``ExitStatus/usage`` where there is nobody to ask, with ``ExitStatus/failure`` where the
    ///   answer is another.
    func ask(_ question: String, remedy: String) throws(AppError) {
        if isGiven { return }
        guard isInteractive else {
            throw AppError(
                "\(question) There is no terminal to ask: nothing was deleted. \(remedy).", status: .usage)
        }
        Output.note("\(question) Write yes to go on.")
        let answer = read()?.lowercased() ?? ""
        guard answer == "yes" || answer == "y" else {
            throw AppError("Nothing was deleted.", status: .failure)
        }
    }
}
