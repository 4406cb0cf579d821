import Glibc

/// Lines for people and scripts on standard output.
public enum Output {
    /// Writes one line at once, also into a pipe. Any thread. Where nobody reads any more, it is dropped.
    public static func line(_ text: String) { write(text, to: STDOUT_FILENO) }

    /// The same on standard error, for what is worth knowing but no result.
    static func note(_ text: String) { write(text, to: STDERR_FILENO) }

    private static func write(_ text: String, to descriptor: Int32) {
        // Control characters from peers must not steer the terminal.
        let isPlain = text.utf8.allSatisfy { (0x20..<0x7F).contains($0) || $0 == 9 || $0 == 10 }
        let shown =
            isPlain
            ? text : String(text.map { $0.isNewline || $0 == "\t" || !$0.isControl ? $0 : "\u{FFFD}" })
        var bytes = Array((shown + "\n").utf8)[...]
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
