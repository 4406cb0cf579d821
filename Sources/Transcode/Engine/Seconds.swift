import Media

/// Times for people.
enum Seconds {
    /// `12.345 s` of nanoseconds.
    static func text(_ nanoseconds: Int64) -> String {
        let milliseconds = nanoseconds.magnitude / 1_000_000
        let fraction = String(milliseconds % 1000 + 1000).dropFirst()
        return "\(nanoseconds < 0 ? "-" : "")\(milliseconds / 1000).\(fraction) s"
    }

    /// What is said of a stretch that begins behind the end of its source; both in nanoseconds.
    static func behindEnd(_ start: Int64, _ end: Int64) -> String {
        "--from \(ClockTime.text(start / 1000)) is behind the end at \(ClockTime.text(end / 1000))."
    }

    /// Seconds in nanoseconds, clamped to what 64 bits hold.
    static func nanoseconds(_ seconds: Double) -> Int64 {
        let value = (seconds * 1e9).rounded()
        return value >= 9.2e18 ? .max : value <= -9.2e18 ? .min : Int64(value)
    }
}
