import Glibc

/// Lines for people and scripts on standard output.
public enum Output {
    /// Writes one line at once, also into a pipe. Any thread. Where nobody reads any more, it is dropped.
    public static func line(_ text: String) {
        // Control characters from peers must not steer the terminal.
        let shown = String(text.map { $0.isNewline || $0 == "\t" || !$0.isControl ? $0 : "\u{FFFD}" }) + "\n"
        var bytes = Array(shown.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { write(STDOUT_FILENO, $0.baseAddress, $0.count) }
            guard count > 0 else { return }
            bytes = bytes.dropFirst(count)
        }
    }
}

extension Character {
    fileprivate var isControl: Bool {
        unicodeScalars.contains { $0.properties.generalCategory == .control }
    }
}
