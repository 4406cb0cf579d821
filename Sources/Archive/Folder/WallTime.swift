import Media

/// Wall-clock times as an archive writes them, UTC.
enum WallTime {
    /// `2026-03-01T09:30:00.250Z` for nanoseconds of the Unix epoch.
    static func text(_ nanoseconds: Int64) -> String { text(microseconds: nanoseconds / 1000) }

    /// The same for microseconds of the Unix epoch.
    static func text(microseconds: Int64) -> String { CivilTime(microseconds: microseconds).isoText }

    /// `2026-03-01T09-30-00Z`: no character that a file system minds.
    static func fileName(_ nanoseconds: Int64) -> String {
        let time = CivilTime(microseconds: nanoseconds / 1000)
        return "\(time.dateText)T\(time.timeText.replacing(":", with: "-"))Z"
    }

    /// Microseconds of the Unix epoch for what ``text(_:)`` made, with or without a fraction; `nil` for anything else.
    static func microseconds(_ text: String) -> Int64? {
        guard let written = CivilTime.parse(text), written.offset != nil else { return nil }
        return written.microseconds(.utc)
    }

    /// The start, as ``text(_:)`` writes it, that the name of a meeting's folder says; `nil` where it says none.
    static func start(ofMeeting name: String) -> String? {
        let stamp = name.prefix(20)
        guard stamp.count == 20, stamp.hasSuffix("Z") else { return nil }
        let time = stamp.prefix(11) + stamp.dropFirst(11).replacing("-", with: ":")
        return microseconds(String(time)).map { text(microseconds: $0) }
    }
}
