/// Sizes of files and memory as people write and read them: the same in flags, variables and the configuration.
public enum ByteSize {
    /// What ``parse(_:)`` takes, for messages.
    public static let forms = "500M, 20GB, 1.5T or 64MiB"

    /// The bytes that `text` means: `1000`, `20g`, `20GB` (factors of 1000) or `20GiB` (factors of 1024), whatever the
    /// case; `nil` for anything else, and beyond 63 bits.
    public static func parse(_ text: String) -> Int64? {
        guard let (number, written) = DecimalText.numberAndUnit(text) else { return nil }
        var unit = written.lowercased()[...]
        if unit.hasSuffix("b") { unit = unit.dropLast() }
        var base = 1000.0
        if unit.hasSuffix("i") {
            (unit, base) = (unit.dropLast(), 1024.0)
            guard !unit.isEmpty, written.lowercased().hasSuffix("b") else { return nil }
        }
        guard !unit.isEmpty else { return DecimalText.product(number, 1) }
        guard unit.count == 1, let first = unit.first, let power = prefixes.firstIndex(of: first) else {
            return nil
        }
        return DecimalText.product(number, (0...power).reduce(1.0) { factor, _ in factor * base })
    }

    private static let prefixes: [Character] = ["k", "m", "g", "t", "p"]

    /// `12 kB`, factors of 1000.
    public static func text(_ bytes: Int64) -> String {
        switch bytes {
        case ..<10_000: "\(bytes) B"
        case ..<10_000_000: "\(bytes / 1000) kB"
        case ..<10_000_000_000: "\(bytes / 1_000_000) MB"
        case ..<10_000_000_000_000: "\(bytes / 1_000_000_000) GB"
        default: "\(bytes / 1_000_000_000_000) TB"
        }
    }
}
