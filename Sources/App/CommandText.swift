import Media

/// Times on the command line: the same forms in every command.
public enum CommandTime {
    /// What ``seconds(_:)`` takes, for help texts and messages.
    public static let lengthForms = "90, 45s, 500ms, 10min or 1.5h"
    /// What ``position(_:)`` takes, for help texts and messages.
    public static let positionForms = "90, 90s, 1.5h, 12:30 or 1:02:03.5"

    /// The seconds of a length of time. A number without a unit counts seconds.
    /// - Throws: ``AppError`` with the forms that are taken; it does not repeat `text`.
    public static func seconds(_ text: String) throws(AppError) -> Double {
        guard let length = TimeSpan.parse(text, bare: .second) else {
            throw AppError(advice(text, lengthForms), status: .usage)
        }
        return TimeBase.microseconds.seconds(length)
    }

    /// The microseconds from the start of a meeting or file to the place that `text` means.
    /// - Throws: ``AppError`` with the forms that are taken; it does not repeat `text`.
    public static func position(_ text: String) throws(AppError) -> Int64 {
        guard let time = ClockTime.parse(text) else {
            throw AppError(advice(text, positionForms), status: .usage)
        }
        return time
    }

    /// What to write instead of `text`.
    static func advice(_ text: String, _ forms: String) -> String {
        if text.hasPrefix("-") { return "A time is not negative. Write \(forms)." }
        // `5m` could be minutes or months.
        let isAmbiguous = text.lowercased().hasSuffix("m") && DecimalText.parse(text.dropLast()) != nil
        return isAmbiguous ? TimeSpan.hint(text) : "Write \(forms)."
    }
}
