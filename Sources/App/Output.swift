import Glibc
import Synchronization

/// Lines for people and scripts on standard output.
public enum Output {
    /// The line that a person is typing, below everything else; `nil` where nobody types on a terminal.
    private static let inputLine = Mutex<String?>(nil)
    /// To the beginning of the line, and all of it away.
    private static let erase = "\r\u{1B}[K"

    /// Writes one line at once, also into a pipe. Any thread. Where nobody reads any more, it is dropped.
    public static func line(_ text: String) { write(text, to: .output, STDOUT_FILENO) }

    /// Writes what somebody else has said or is called: one line, whatever it is.
    static func said(_ text: String) { line(VisibleText.escaped(text)) }

    /// The same on standard error, for what is worth knowing but no result.
    public static func note(_ text: String) { write(text, to: .errors, STDERR_FILENO) }

    /// From now on nobody waits until a line is read, be it an output or of the log: for commands that are in a meeting,
    /// which must go on whether somebody reads or not.
    static func detach() {
        LineWriter.output.detach()
        LineWriter.errors.detach()
    }

    /// Returns when all lines are written, or nobody reads them.
    public static func finish() async {
        await LineWriter.output.finish()
        await LineWriter.errors.finish()
    }

    /// Shows what a person has typed so far; `nil` takes it away.
    static func setInputLine(_ text: String?) {
        inputLine.withLock { line in
            let isShown = line != nil
            line = text
            if isShown || text != nil { LineWriter.output.write(erase + plain(text ?? "")) }
        }
    }

    private static func write(_ text: String, to writer: LineWriter, _ descriptor: Int32) {
        inputLine.withLock { line in
            guard let line, isatty(descriptor) != 0 else { return writer.write(plain(text) + "\n") }
            writer.write(erase + plain(text) + "\n" + plain(line))
        }
    }

    /// Control characters from peers must not steer the terminal.
    private static func plain(_ text: String) -> String {
        let isPlain = text.utf8.allSatisfy { (0x20..<0x7F).contains($0) || $0 == 9 || $0 == 10 }
        return isPlain
            ? text : String(text.map { $0 == "\n" || $0 == "\t" || !$0.isControl ? $0 : "\u{FFFD}" })
    }
}

extension Character {
    fileprivate var isControl: Bool {
        unicodeScalars.contains { VisibleText.isHidden($0) }
    }
}
