import Archive
import Media

/// Which meetings `convene archive list` is asked for, as typed.
public struct ArchiveQuery: Sendable {
    /// Only meetings of this room.
    public var room: String?
    /// Only meetings that still lasted then.
    public var from: String?
    /// Only meetings that had begun by then.
    public var to: String?
    /// Only meetings in which somebody was whose name has this in it, whatever the case.
    public var with: String?
    /// How times are shown and understood.
    var zone: ClockZone

    /// A query from its parts.
    public init(room: String?, from: String?, to: String?, with: String?, utc: Bool) {
        (self.room, self.from, self.to, self.with) = (room, from, to, with)
        zone = utc ? .utc : .local
    }

    /// Whether it asks for all there are.
    var isEverything: Bool { room == nil && from == nil && to == nil && with == nil }

    /// What the catalogue can answer of it.
    /// - Throws: ``AppError`` for a time that is none.
    func filter(now: Int64) throws(AppError) -> MeetingFilter {
        var filter = MeetingFilter(room: room)
        if let from {
            filter.from = try Moment.instant(from, option: "--from", isEnd: false, now: now, zone: zone)
        }
        if let to { filter.to = try Moment.instant(to, option: "--to", isEnd: true, now: now, zone: zone) }
        return filter
    }

    /// Whether the right people were there.
    func admits(_ meeting: MeetingSummary) -> Bool {
        guard let with = with?.lowercased() else { return true }
        return meeting.names.contains { $0.lowercased().contains(with) }
    }
}
