/// Bits a second as people write and read them: the same in every command and in the configuration.
public enum BitRate {
    /// What ``parse(_:)`` takes, for messages.
    public static let forms = "2500000, 2500k or 2.5M"

    /// The bits a second that `text` means: `2500000`, `2500k`, `4m`, `2.5Mbit/s`, whatever the case; `nil` for anything else.
    public static func parse(_ text: String) -> Int? {
        guard let (number, written) = DecimalText.numberAndUnit(text) else { return nil }
        var unit = written.lowercased()[...]
        for suffix in ["bit/s", "bits", "bps", "bit"] where unit.hasSuffix(suffix) {
            unit = unit.dropLast(suffix.count)
            break
        }
        let factors: [Substring: Double] = ["": 1, "k": 1e3, "m": 1e6, "g": 1e9]
        return factors[unit].flatMap { DecimalText.product(number, $0) }.flatMap { Int(exactly: $0) }
    }

    /// `96 kbit/s`, `2.5 Mbit/s`.
    public static func text(_ bitsPerSecond: Double) -> String {
        switch bitsPerSecond {
        case ..<1000: "\(DecimalText.fixed(bitsPerSecond, digits: 0)) bit/s"
        case ..<10_000_000: "\(DecimalText.fixed(bitsPerSecond / 1000, digits: 0)) kbit/s"
        default: "\(DecimalText.tenths(bitsPerSecond / 1_000_000)) Mbit/s"
        }
    }
}
