import Glibc

/// How much fits on the terminal of standard output.
struct TerminalSize: Hashable {
    private static let standard = (columns: 80, rows: 24)

    /// Characters of a line that never wraps: the last column is left free.
    var columns: Int
    /// Lines that can be shown and taken away again: the cursor needs one.
    var rows: Int

    /// What the terminal says, or what is usual.
    static func current() -> TerminalSize {
        var size = winsize()
        let isKnown = ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 1 && size.ws_row > 1
        return TerminalSize(
            columns: (isKnown ? Int(size.ws_col) : standard.columns) - 1,
            rows: (isKnown ? Int(size.ws_row) : standard.rows) - 1)
    }
}
