/// Times within a meeting, as people write them: microseconds from the meeting's start.
public enum MeetingTime {
    /// What `parse` takes, for help texts.
    public static let forms = "12:30, 1:02:03.5 or 90s"
    private static let longest = 1_000_000.0

    /// The time that `text` means: `12:30`, `1:02:03.5`, `90s`, `90` or `2.5`; `nil` for anything else.
    public static func parse(_ text: String) -> Int64? {
        let plain = text.hasSuffix("s") && !text.contains(":") ? String(text.dropLast()) : text
        let parts = plain.split(separator: ":", omittingEmptySubsequences: false)
        guard (1...3).contains(parts.count) else { return nil }
        var seconds = 0.0
        for (index, part) in parts.enumerated() {
            let isLast = index == parts.count - 1
            guard let first = part.first, first.isASCII, first.isNumber,
                part.allSatisfy({ $0.isASCII && ($0.isNumber || (isLast && $0 == ".")) }),
                let value = Double(part), index == 0 || value < 60
            else { return nil }
            seconds = seconds * 60 + value
        }
        guard seconds <= longest else { return nil }
        return Int64((seconds * 1_000_000).rounded())
    }

    /// `1:02:03.4`, or `2:03.4` below an hour.
    public static func text(_ microseconds: Int64) -> String {
        let tenths = max(0, microseconds) / 100_000
        let (hours, minutes, seconds) = (tenths / 36_000, tenths / 600 % 60, tenths / 10 % 60)
        return (hours > 0 ? "\(hours):\(two(minutes))" : "\(minutes)") + ":\(two(seconds)).\(tenths % 10)"
    }

    /// `1:02:03`, or `2:03` below an hour: as a clock beside a film has it.
    package static func clock(_ microseconds: Int64) -> String {
        let all = max(0, microseconds) / 1_000_000
        let (hours, minutes, seconds) = (all / 3600, all / 60 % 60, all % 60)
        return (hours > 0 ? "\(hours):\(two(minutes))" : "\(minutes)") + ":\(two(seconds))"
    }

    /// Two digits at least.
    static func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
