package import FoundationEssentials
import Glibc
package import Logging

/// A log of one line each on standard error: time, level, message, then the fields.
///
/// ```
/// 2026-11-30T21:04:05.123Z info joined address=192.0.2.7 participant=ada room=standup
/// ```
/// What peers have written is escaped, so that nobody forges a line or steers a terminal, and each kind of line is limited
/// by address, so that nobody fills the disk with them.
package struct LineLog: LogHandler {
    private static let limiter = LogLimiter()
    /// Bytes of a value that are logged.
    private static let maximumValue = 1000

    /// A log from `info` on, without fields of its own.
    package init() {}

    package var logLevel = Logger.Level.info
    package var metadata: Logger.Metadata = [:]

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        let fields = metadata.merging(event.metadata ?? [:]) { $1 }
        let message = "\(event.message)"
        let address = fields["address"].map { "\($0)" } ?? ""
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        let seconds = Double(now.tv_sec) + Double(now.tv_nsec) / 1e9
        guard let skipped = Self.limiter.admit(message, of: address, now: seconds) else { return }
        var line = Self.line(time: Date(), level: event.level, message: message, fields: fields)
        if let error = event.error { line += " error=" + Self.value("\(error)") }
        if skipped > 0 { line += " notLogged=\(skipped)" }
        LineWriter.errors.write(line + "\n")
    }

    /// The line without its end.
    package static func line(time: Date, level: Logger.Level, message: String, fields: Logger.Metadata)
        -> String
    {
        let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        let text = fields.sorted { $0.key < $1.key }.map {
            " \(VisibleText.word($0.key))=\(value("\($0.value)"))"
        }
        return "\(time.formatted(style)) \(level) \(VisibleText.escaped(message))\(text.joined())"
    }

    private static func value(_ text: String) -> String {
        guard text.utf8.count > maximumValue else { return VisibleText.word(text) }
        return VisibleText.word(String(text.prefix(maximumValue)) + "…")
    }
}
