/// A line of chat of a meeting.
public struct ChatLine: Sendable, Hashable {
    /// Microseconds from the meeting's start.
    public var time: Int64
    /// Who wrote it.
    public var name: String
    /// What was written.
    public var text: String

    /// The chat in a meeting's folder, in its order.
    /// - Throws: ``ArchiveError/damaged(path:reason:)`` where there is no journal.
    public static func read(folder: String) throws(ArchiveError) -> [ChatLine] {
        try Journal.read(folder: folder).compactMap { event in
            guard event.event == "chat", let text = event.text else { return nil }
            return ChatLine(time: event.time, name: event.name ?? event.participant ?? "", text: text)
        }
    }
}
