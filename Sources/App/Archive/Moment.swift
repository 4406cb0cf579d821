package import Media

/// Instants as people type them.
package enum Moment {
    /// What ``instant(_:option:isEnd:now:zone:)`` takes, for help texts.
    package static let forms = "2026-03-01, 2026-03-01 09:30, yesterday, tuesday, or 7d for seven days ago"

    /// `--from` and `--to` as microseconds of the Unix epoch: a day or a time of a day, in a time zone of its own if wanted;
    /// `today`, `yesterday`, or a weekday for the last one, today included; or so long ago: `7d`, `12h`.
    /// - Parameters:
    ///   - isEnd: a day or minute is meant as a whole; whether its end is wanted, rather than its beginning.
    ///   - now: microseconds of the Unix epoch.
    ///   - zone: in which days, and times without a zone, are meant.
    package static func instant(
        _ text: String, option: String, isEnd: Bool, now: Int64, zone: ClockZone = .local
    ) throws(AppError) -> Int64 {
        if let ago = TimeSpan.parse(text) { return now - ago }
        if let days = daysAgo(text.lowercased(), today: zone.civil(now).time.weekday) {
            return day(zone.civil(now).time, plus: isEnd ? 1 - days : -days, zone)
        }
        guard let written = CivilTime.parse(text) else {
            throw AppError(
                "\(text) is no time for \(option). Write \(forms)."
                    + (text.hasSuffix("m") ? " \(TimeSpan.hint(text))" : ""), status: .usage)
        }
        guard isEnd else { return written.microseconds(zone) }
        // A day may have 23 or 25 hours.
        if written.precision == TimeSpan.Unit.day.microseconds { return day(written.time, plus: 1, zone) }
        return written.microseconds(zone) + written.precision
    }

    private static func daysAgo(_ text: String, today: Int) -> Int? {
        if text == "today" { return 0 }
        if text == "yesterday" { return 1 }
        let day = CivilTime.weekdays.firstIndex {
            $0.lowercased() == text || (text.count == 3 && $0.lowercased().hasPrefix(text))
        }
        return day.map { (today - $0 + 7) % 7 }
    }

    /// The beginning of the day that is `count` days after the one of `time`.
    private static func day(_ time: CivilTime, plus count: Int, _ zone: ClockZone) -> Int64 {
        let noon = CivilTime(year: time.year, month: time.month, day: time.day, hour: 12) ?? time
        let other = CivilTime(microseconds: noon.microseconds + Int64(count) * 86_400_000_000)
        return zone.microseconds(CivilTime(year: other.year, month: other.month, day: other.day) ?? other)
    }
}
