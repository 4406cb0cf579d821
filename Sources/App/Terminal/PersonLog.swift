import Logging

/// Log lines for a person who is in a meeting: short, and never in the line that is being typed.
struct PersonLog: LogHandler {
    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level = .warning

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let all = metadata.merging(event.metadata ?? [:]) { $1 }
        let details = all.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
        Output.note("! " + VisibleText.escaped("\(event.message)" + (details.isEmpty ? "" : " (\(details))")))
    }
}
