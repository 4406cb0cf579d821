extension CivilTime {
    /// A date and time as it was written.
    public struct Written: Sendable, Hashable {
        /// What was written; missing parts are 0.
        public var time: CivilTime
        /// Seconds east of Greenwich, where a zone was written.
        public var offset: Int?
        /// Microseconds of its last part: a day, a minute, a second or less.
        public var precision: Int64

        /// Microseconds of the Unix epoch; in `zone` if none was written.
        public func microseconds(_ zone: ClockZone) -> Int64 {
            offset.map { time.microseconds - Int64($0) * 1_000_000 } ?? zone.microseconds(time)
        }
    }

    /// Reads `2026-03-01`, `2026-03-01T09:30`, `2026-03-01 09:30:15.250`, with `Z`, `UTC`, `+01:00`, `+0100` or `+01` behind
    /// the time if wanted.
    /// - Returns: `nil` for anything else, and for days and times that there are not.
    public static func parse(_ text: some StringProtocol) -> Written? {
        var rest = Scanner(text)
        guard text.utf8.count <= 64, let year = rest.digits(4), rest.skip("-"), let month = rest.digits(2),
            rest.skip("-"), let day = rest.digits(2)
        else { return nil }
        guard !rest.isAtEnd else {
            return CivilTime(year: year, month: month, day: day).map {
                Written(time: $0, offset: nil, precision: TimeSpan.Unit.day.microseconds)
            }
        }
        guard rest.skip("T") || rest.skip("t") || rest.skip(" "), let hour = rest.digits(2), rest.skip(":"),
            let minute = rest.digits(2)
        else { return nil }
        var (second, microsecond) = (0, 0)
        var precision = TimeSpan.Unit.minute.microseconds
        if rest.skip(":") {
            guard let found = rest.digits(2) else { return nil }
            (second, precision) = (found, 1_000_000)
            if rest.skip(".") {
                guard let found = rest.fraction() else { return nil }
                (microsecond, precision) = (found, 1)
            }
        }
        guard let offset = rest.zone(),
            let time = CivilTime(
                year: year, month: month, day: day, hour: hour, minute: minute, second: second,
                microsecond: microsecond)
        else { return nil }
        return Written(time: time, offset: offset.seconds, precision: precision)
    }

    private struct Scanner {
        private var rest: [UInt8]

        init(_ text: some StringProtocol) { rest = Array(text.utf8) }

        var isAtEnd: Bool { rest.isEmpty }

        mutating func skip(_ text: StaticString) -> Bool {
            let bytes = text.withUTF8Buffer { Array($0) }
            guard rest.starts(with: bytes) else { return false }
            rest.removeFirst(bytes.count)
            return true
        }

        /// Exactly `count` digits.
        mutating func digits(_ count: Int) -> Int? {
            let found = rest.prefix(count)
            guard found.count == count, found.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
            rest.removeFirst(count)
            return found.reduce(0) { $0 * 10 + Int($1 - 0x30) }
        }

        /// Digits behind a point in microseconds; finer ones are dropped.
        mutating func fraction() -> Int? {
            let found = Array(rest.prefix { (0x30...0x39).contains($0) })
            guard !found.isEmpty else { return nil }
            rest.removeFirst(found.count)
            let six = found.prefix(6) + Array(repeating: 0x30, count: max(0, 6 - found.count))
            return six.reduce(0) { $0 * 10 + Int($1 - 0x30) }
        }

        /// What follows the time, to the end; `nil` where it is no zone.
        mutating func zone() -> (seconds: Int?, Void)? {
            if isAtEnd { return (nil, ()) }
            if skip("Z") || skip("z") || skip(" UTC") || skip("UTC") { return isAtEnd ? (0, ()) : nil }
            let sign = skip("+") ? 1 : skip("-") ? -1 : 0
            guard sign != 0, let hours = digits(2), hours < 24 else { return nil }
            _ = skip(":")
            let minutes = isAtEnd ? 0 : digits(2)
            guard isAtEnd, let minutes, minutes < 60 else { return nil }
            return (sign * (hours * 3600 + minutes * 60), ())
        }
    }
}
