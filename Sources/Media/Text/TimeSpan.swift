/// Lengths of time as people write and read them: the same in every command.
public enum TimeSpan {
    /// What ``parse(_:bare:)`` takes, for messages.
    public static let forms = "45s, 30min, 12h, 90d, 12w, 6mo or 1y"

    /// A unit of time.
    public enum Unit: String, Sendable, CaseIterable {
        /// A thousandth of a second.
        case millisecond = "ms"
        /// A second.
        case second = "s"
        /// A minute. `m` alone is refused: it could as well be a month.
        case minute = "min"
        /// An hour.
        case hour = "h"
        /// 24 hours.
        case day = "d"
        /// 7 days.
        case week = "w"
        /// 30 days.
        case month = "mo"
        /// 365 days.
        case year = "y"

        /// How long it is.
        public var microseconds: Int64 {
            switch self {
            case .millisecond: 1000
            case .second: 1_000_000
            case .minute: 60_000_000
            case .hour: 3_600_000_000
            case .day: 86_400_000_000
            case .week: 604_800_000_000
            case .month: 2_592_000_000_000
            case .year: 31_536_000_000_000
            }
        }
    }

    /// The microseconds that `text` means: `500ms`, `90d`, `1.5h`; `nil` for anything else, and beyond 10,000 years.
    /// - Parameter bare: the unit of a number without one; without it, such a number is nothing.
    public static func parse(_ text: String, bare: Unit? = nil) -> Int64? {
        guard let (number, written) = DecimalText.numberAndUnit(text) else { return nil }
        let unit = written.isEmpty ? bare : Unit(rawValue: written.lowercased())
        guard let unit, let result = DecimalText.product(number, Double(unit.microseconds)),
            result <= 10_000 * Unit.year.microseconds
        else { return nil }
        return result
    }

    /// What is to be said where ``parse(_:bare:)`` finds nothing in `text`: a hint at what was meant.
    public static func hint(_ text: String) -> String {
        guard text.hasSuffix("m") || text.hasSuffix("M"), DecimalText.parse(text.dropLast()) != nil else {
            return "Write \(forms)."
        }
        return "Write \(text.dropLast())min for minutes or \(text.dropLast())mo for months."
    }

    /// `250 ms`, `45 s`, `12 min`, `5 h` or `12 days`: the largest unit of which there are two.
    public static func text(_ microseconds: Int64) -> String {
        let length = max(0, microseconds)
        let steps: [(unit: Unit, name: String)] = [
            (.day, "days"), (.hour, "h"), (.minute, "min"), (.second, "s"),
        ]
        for (unit, name) in steps where length >= 2 * unit.microseconds {
            return "\(length / unit.microseconds) \(name)"
        }
        return "\(length / Unit.millisecond.microseconds) ms"
    }
}
