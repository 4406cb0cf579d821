import Wire

/// How much a client takes of a server: a hostile one must not fill its memory.
public struct RoomLimits: Sendable, Hashable {
    /// Participants of a room.
    public var participants = 10_000
    /// Tracks in a room.
    public var tracks = 10_000
    /// Bytes of an identifier.
    static let identifierBytes = 128
    /// Bytes of a name: as many as the longest that the protocol allows.
    static let nameBytes = 4 * WireLimits.maximumNameScalars
    /// Bytes of the reason for something.
    static let reasonBytes = 1024

    /// The defaults.
    public init() {}

    /// What goes beyond a limit if `message` is taken, or `nil`.
    func excess(of message: ServerMessage, in roster: Roster) -> String? {
        switch message {
        case .joined(let id, let name):
            guard roster.participantCount < participants else {
                return "more than \(participants) participants in one room"
            }
            if id.utf8.count > Self.identifierBytes { return "an identifier of \(id.utf8.count) bytes" }
            return name.utf8.count > Self.nameBytes ? "a name of \(name.utf8.count) bytes" : nil
        case .track(let id, let participant, _):
            guard roster.track(id) != nil || roster.trackCount < tracks else {
                return "more than \(tracks) tracks in one room"
            }
            let bytes = participant.utf8.count
            return bytes > Self.identifierBytes ? "an identifier of \(bytes) bytes" : nil
        case .left(_, let reason), .dropped(_, _, let reason): return Self.excess(ofReason: reason)
        case .recording(_, let reason): return Self.excess(ofReason: reason ?? "")
        default: return nil
        }
    }

    private static func excess(ofReason reason: String) -> String? {
        reason.utf8.count > reasonBytes ? "a reason of \(reason.utf8.count) bytes" : nil
    }
}
