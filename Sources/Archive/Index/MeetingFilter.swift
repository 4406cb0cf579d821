/// Which meetings a list has.
public struct MeetingFilter: Sendable, Hashable {
    /// Only those of this room.
    public var room: String?
    /// Only those that still lasted then: microseconds of the Unix epoch.
    public var from: Int64?
    /// Only those that had begun before then: microseconds of the Unix epoch.
    public var to: Int64?

    /// All that meet every condition that is given.
    public init(room: String? = nil, from: Int64? = nil, to: Int64? = nil) {
        self.room = room
        self.from = from
        self.to = to
    }
}
