import App

/// A time within a meeting or file on the command line.
struct MeetingInstant {
    let microseconds: Int64

    /// - Throws: `AppError` with the forms that are taken.
    static func parsed(_ text: String) throws -> MeetingInstant {
        MeetingInstant(microseconds: try CommandTime.position(text))
    }

    /// `text`, where it is such a time.
    /// - Throws: `AppError` with the forms that are taken.
    static func checked(_ text: String) throws -> String {
        _ = try CommandTime.position(text)
        return text
    }
}
