import Container

/// Why golden frames cannot be read.
public enum GoldenError: Error, Sendable, Hashable, CustomStringConvertible {
    /// A line is not what it should be: its number, its text, what it should be.
    case line(Int, String, String)

    /// The line, and what it should be.
    public var description: String {
        switch self {
        case .line(let number, let text, let expected):
            "line \(number) is \"\(text.prefix(80))\", but should be \(expected)"
        }
    }
}
