import Glibc

/// A date and a time of day, without a time zone. Pure arithmetic (proleptic Gregorian calendar): any number makes one, and
/// years end at 1 and 9999.
public struct CivilTime: Sendable, Hashable {
    /// 1 to 9999.
    public private(set) var year: Int
    /// 1 to 12.
    public private(set) var month: Int
    /// 1 to 31.
    public private(set) var day: Int
    /// 0 to 23.
    public private(set) var hour = 0
    /// 0 to 59.
    public private(set) var minute = 0
    /// 0 to 59.
    public private(set) var second = 0
    /// 0 to 999,999.
    public private(set) var microsecond = 0

    private static let secondMicroseconds: Int64 = 1_000_000
    private static let dayMicroseconds: Int64 = 86_400_000_000
    /// Days from 0000-03-01 to the Unix epoch.
    private static let epoch = 719_468
    /// Microseconds of 0001-01-01 and of the last one of 9999-12-31.
    private static let range: ClosedRange<Int64> = -62_135_596_800_000_000...253_402_300_799_999_999

    /// The date and time in UTC at `microseconds` of the Unix epoch; clamped to the years that there are.
    public init(microseconds: Int64) {
        let time = min(max(microseconds, Self.range.lowerBound), Self.range.upperBound)
        let inDay = (time % Self.dayMicroseconds + Self.dayMicroseconds) % Self.dayMicroseconds
        let days = Int((time - inDay) / Self.dayMicroseconds) + Self.epoch
        // Years begin in March here, so that the leap day is the last one; eras have 400 years (Howard Hinnant's
        // civil_from_days).
        let (era, inEra) = days.quotientAndRemainder(dividingBy: 146_097)
        let yearOfEra = (inEra - inEra / 1460 + inEra / 36_524 - inEra / 146_096) / 365
        let inYear = inEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let march = (5 * inYear + 2) / 153
        day = inYear - (153 * march + 2) / 5 + 1
        month = march < 10 ? march + 3 : march - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        hour = Int(inDay / 3_600_000_000)
        minute = Int(inDay / 60_000_000 % 60)
        second = Int(inDay / Self.secondMicroseconds % 60)
        microsecond = Int(inDay % Self.secondMicroseconds)
    }

    /// A date and time from its parts; `nil` for the 30th of February and 25 o'clock.
    public init?(
        year: Int, month: Int, day: Int, hour: Int = 0, minute: Int = 0, second: Int = 0, microsecond: Int = 0
    ) {
        guard (1...9999).contains(year), (1...12).contains(month), (0..<24).contains(hour), day >= 1,
            (0..<60).contains(minute), (0..<60).contains(second), (0..<1_000_000).contains(microsecond)
        else { return nil }
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let days = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        guard day <= days[month - 1] else { return nil }
        (self.year, self.month, self.day) = (year, month, day)
        (self.hour, self.minute, self.second, self.microsecond) = (hour, minute, second, microsecond)
    }

    /// Microseconds of the Unix epoch, if it is UTC.
    public var microseconds: Int64 {
        let seconds = Int64(hour * 3600 + minute * 60 + second)
        return Int64(days) * Self.dayMicroseconds + seconds * Self.secondMicroseconds + Int64(microsecond)
    }

    /// Days since the Unix epoch.
    private var days: Int {
        let year = month <= 2 ? year - 1 : year
        let (era, yearOfEra) = year.quotientAndRemainder(dividingBy: 400)
        let inYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + inYear - Self.epoch
    }

    /// 0 for Sunday to 6 for Saturday.
    public var weekday: Int { ((days + 4) % 7 + 7) % 7 }

    /// English names, from Sunday on.
    public static let weekdays = [
        "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday",
    ]

    // MARK: text

    /// `2026-03-01`
    public var dateText: String { "\(Self.padded(year, 4))-\(Self.padded(month))-\(Self.padded(day))" }
    /// `09:30:00`
    public var timeText: String { "\(Self.padded(hour)):\(Self.padded(minute)):\(Self.padded(second))" }
    /// `2026-03-01T09:30:00.250Z`: ISO 8601 with milliseconds, if it is UTC.
    public var isoText: String { "\(dateText)T\(timeText).\(Self.padded(microsecond / 1000, 3))Z" }

    private static func padded(_ number: Int, _ width: Int = 2) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}

/// In which time zone times are shown and understood.
public enum ClockZone: Sendable, Hashable {
    /// That of the machine, or of the variable `TZ`.
    case local
    /// Coordinated universal time.
    case utc

    /// The date and time there at `microseconds` of the Unix epoch, and the name of the zone, for instance `CET`.
    public func civil(_ microseconds: Int64) -> (time: CivilTime, name: String) {
        guard self == .local, let zone = Self.localZone(microseconds) else {
            return (CivilTime(microseconds: microseconds), "UTC")
        }
        return (CivilTime(microseconds: microseconds &+ zone.offset * 1_000_000), zone.name)
    }

    /// Microseconds of the Unix epoch for a date and time there. One that a change of the clocks leaves out is the one after it.
    public func microseconds(_ time: CivilTime) -> Int64 {
        guard self == .local else { return time.microseconds }
        var parts = tm()
        (parts.tm_year, parts.tm_mon) = (Int32(time.year - 1900), Int32(time.month - 1))
        (parts.tm_mday, parts.tm_hour) = (Int32(time.day), Int32(time.hour))
        (parts.tm_min, parts.tm_sec, parts.tm_isdst) = (Int32(time.minute), Int32(time.second), -1)
        return Int64(mktime(&parts)) * 1_000_000 + Int64(time.microsecond)
    }

    /// Seconds east of Greenwich and the name at an instant; `nil` where the system does not know.
    private static func localZone(_ microseconds: Int64) -> (offset: Int64, name: String)? {
        tzset()
        var time = time_t(microseconds / 1_000_000)
        var parts = tm()
        guard localtime_r(&time, &parts) != nil else { return nil }
        return (Int64(parts.tm_gmtoff), parts.tm_zone.map { String(cString: $0) } ?? "local")
    }

    /// `Sun 2026-03-01 09:30`, without the name of the zone where it is the local one.
    public func minuteText(_ microseconds: Int64) -> String {
        let (time, name) = civil(microseconds)
        let day = CivilTime.weekdays[time.weekday].prefix(3)
        return "\(day) \(time.dateText) \(time.timeText.prefix(5))" + (self == .utc ? " \(name)" : "")
    }

    /// `Sun 2026-03-01 09:30:00 CET`
    public func secondText(_ microseconds: Int64) -> String {
        let (time, name) = civil(microseconds)
        return "\(CivilTime.weekdays[time.weekday].prefix(3)) \(time.dateText) \(time.timeText) \(name)"
    }
}
