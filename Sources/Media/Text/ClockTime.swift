/// Places within a recording as people write and read them: microseconds from its start.
public enum ClockTime {
    /// What `parse` takes, for help texts.
    public static let forms = "12:30, 1:02:03.5 or 90s"
    /// Microseconds: eleven days.
    private static let longest: Int64 = 1_000_000_000_000

    /// The time that `text` means: `12:30`, `1:02:03.5`, `90`, or a length as ``TimeSpan`` takes it; `nil` for
    /// anything else, and beyond eleven days.
    public static func parse(_ text: String) -> Int64? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count > 1 else {
            return TimeSpan.parse(text, bare: .second).flatMap { $0 <= longest ? $0 : nil }
        }
        guard parts.count <= 3 else { return nil }
        var seconds = 0.0
        for (index, part) in parts.enumerated() {
            let isLast = index == parts.count - 1
            guard let value = DecimalText.parse(part), isLast || !part.contains("."), index == 0 || value < 60
            else { return nil }
            seconds = seconds * 60 + value
        }
        return DecimalText.product(seconds, 1_000_000).flatMap { $0 <= longest ? $0 : nil }
    }

    /// `1:02:03.4`, or `2:03.4` below an hour.
    public static func text(_ microseconds: Int64) -> String {
        let tenths = max(0, microseconds) / 100_000
        let (hours, minutes, seconds) = (tenths / 36_000, tenths / 600 % 60, tenths / 10 % 60)
        return (hours > 0 ? "\(hours):\(two(minutes))" : "\(minutes)") + ":\(two(seconds)).\(tenths % 10)"
    }

    /// `1:02:03`, or `2:03` below an hour: as a clock beside a film has it.
    public static func clock(_ microseconds: Int64) -> String {
        let all = max(0, microseconds) / 1_000_000
        let (hours, minutes, seconds) = (all / 3600, all / 60 % 60, all % 60)
        return (hours > 0 ? "\(hours):\(two(minutes))" : "\(minutes)") + ":\(two(seconds))"
    }

    /// Two digits at least.
    public static func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
