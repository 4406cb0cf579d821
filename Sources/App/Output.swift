import Glibc
import Synchronization

/// Lines for people and scripts on standard output.
public enum Output {
    /// The line that a person is typing, below everything else; `nil` where nobody types on a terminal.
    private static let inputLine = Mutex<String?>(nil)
    /// To the beginning of the line, and all of it away.
    private static let erase = "\r\u{1B}[K"

    /// Writes one line at once, also into a pipe. Any thread. Where nobody reads any more, it is dropped.
    public static func line(_ text: String) { write(text, to: STDOUT_FILENO) }

    /// Writes what somebody else has said or is called: one line, whatever it is.
    static func said(_ text: String) { line(VisibleText.escaped(text)) }

    /// The same on standard error, for what is worth knowing but no result.
    static func note(_ text: String) { write(text, to: STDERR_FILENO) }

    /// Shows what a person has typed so far; `nil` takes it away.
    static func setInputLine(_ text: String?) {
        inputLine.withLock { line in
            let isShown = line != nil
            line = text
            if isShown || text != nil { put(erase + plain(text ?? ""), to: STDOUT_FILENO) }
        }
    }

    private static func write(_ text: String, to descriptor: Int32) {
        inputLine.withLock { line in
            guard let line, isatty(descriptor) != 0 else { return put(plain(text) + "\n", to: descriptor) }
            put(erase + plain(text) + "\n" + plain(line), to: descriptor)
        }
    }

    /// Control characters from peers must not steer the terminal.
    private static func plain(_ text: String) -> String {
        let isPlain = text.utf8.allSatisfy { (0x20..<0x7F).contains($0) || $0 == 9 || $0 == 10 }
        return isPlain
            ? text : String(text.map { $0 == "\n" || $0 == "\t" || !$0.isControl ? $0 : "\u{FFFD}" })
    }

    private static func put(_ text: String, to descriptor: Int32) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { return }
            bytes = bytes.dropFirst(count)
        }
    }
}

extension Character {
    fileprivate var isControl: Bool {
        unicodeScalars.contains { VisibleText.isHidden($0) }
    }
}
