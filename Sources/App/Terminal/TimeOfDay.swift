import Glibc

/// Times of day for people, in the time zone of the machine.
enum TimeOfDay {
    /// `21:30` of an instant in microseconds of the Unix epoch.
    static func text(_ microseconds: Int64) -> String {
        var seconds = time_t(clamping: microseconds / 1_000_000)
        var parts = tm()
        guard localtime_r(&seconds, &parts) != nil else { return "--:--" }
        func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(two(parts.tm_hour)):\(two(parts.tm_min))"
    }
}
