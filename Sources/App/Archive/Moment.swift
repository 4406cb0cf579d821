import FoundationEssentials

/// Instants, times and amounts as people type them.
package enum Moment {
    /// `--from` and `--to` as microseconds of the Unix epoch: `2026-03-01`, `2026-03-01T09:30`, with seconds and a time
    /// zone if wanted (UTC otherwise), or so long ago: `7d`, `12h`.
    /// - Parameters:
    ///   - isEnd: a day or minute is meant as a whole; whether its end is wanted, rather than its beginning.
    ///   - now: microseconds of the Unix epoch.
    package static func instant(_ text: String, option: String, isEnd: Bool, now: Int64) throws(AppError)
        -> Int64
    {
        if let ago = seconds(text) { return now - ago * 1_000_000 }
        let forms: [(suffix: String, length: Int, span: Int64)] = [
            ("T00:00:00Z", 10, 86_400_000_000), (":00Z", 16, 60_000_000), ("Z", 19, 1_000_000),
        ]
        if let form = forms.first(where: { $0.length == text.utf8.count }),
            let start = parse(text + form.suffix)
        {
            return isEnd ? start + form.span : start
        }
        if let exact = parse(text) { return isEnd ? exact + 1 : exact }
        throw AppError(
            "\(option) \(text) is no time. Write 2026-03-01, 2026-03-01T09:30, or 7d for seven days ago.",
            status: .usage)
    }

    private static func parse(_ text: String) -> Int64? {
        let day = String(text.prefix(10))
        // Foundation takes the 30th of February and 25 o'clock for the days after.
        guard let start = try? Date(day + "T00:00:00Z", strategy: Date.ISO8601FormatStyle()),
            start.formatted(Date.ISO8601FormatStyle()).hasPrefix(day),
            let hour = Int(text.dropFirst(11).prefix(2)), hour < 24
        else { return nil }
        let styles = [true, false].map { Date.ISO8601FormatStyle(includingFractionalSeconds: $0) }
        let date = styles.lazy.compactMap { try? Date(text, strategy: $0) }.first
        return date.map { Int64(($0.timeIntervalSince1970 * 1000).rounded()) * 1000 }
    }

    /// `90d`, `12h`, `30m`, `45s` or `2w` in seconds.
    package static func seconds(_ text: String) -> Int64? {
        let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604_800]
        guard let last = text.last, let unit = units[last], let count = Int64(text.dropLast()), count >= 0,
            count <= 1_000_000
        else { return nil }
        return count * unit
    }

    /// `20G`, `500M`, `1.5T` or a plain number, in bytes: powers of 1000.
    package static func bytes(_ text: String) -> Int64? {
        let units: [Character: Double] = ["k": 1e3, "K": 1e3, "M": 1e6, "G": 1e9, "T": 1e12]
        let unit = text.last.flatMap { units[$0] }
        let number = unit == nil ? text : String(text.dropLast())
        guard let value = Double(number), value >= 0, value * (unit ?? 1) < 9e18 else { return nil }
        return Int64(value * (unit ?? 1))
    }
}
