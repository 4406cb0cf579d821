public import Media
public import Wire

/// Somebody in the room.
public struct Participant: Sendable, Hashable {
    /// Unique within the meeting; safe as a file name.
    public let id: String
    /// As people write it; need not be unique.
    public let name: String

    /// A participant from its parts.
    public init(id: String, name: String) {
        self.id = id
        self.name = name
    }
}

/// A track that somebody else publishes.
public struct RemoteTrack: Sendable {
    /// Its number.
    public let id: TrackID
    /// Who publishes it.
    public let participant: Participant
    /// What a decoder must know.
    public let description: TrackDescription
    /// Maps its time stamps to this machine's clock.
    public let clock: TrackClock
}

/// A line of chat.
public struct ChatMessage: Sendable, Hashable {
    /// Identifier of the speaker.
    public let from: String
    /// Name of the speaker.
    public let name: String
    /// What was said.
    public let text: String
    /// When, in microseconds of the Unix epoch by the server's wall clock.
    public let time: Int64
}

/// Something that happened in the room, other than media.
public enum RoomEvent: Sendable {
    /// Somebody is in the room.
    case joined(Participant)
    /// Somebody left; all tracks were removed before.
    case left(Participant, reason: String)
    /// Somebody's connection broke; the tracks stay, without packets, and end where nobody comes back.
    case away(Participant)
    /// Somebody whose connection broke is back; the tracks go on.
    case back(Participant)
    /// One's own connection broke; it is being made again.
    case interrupted(CloseReason)
    /// One's own connection is made again. What changed meanwhile was told before.
    case restored
    /// A track begins; its packets follow.
    case trackAdded(RemoteTrack)
    /// A track ended; no packet follows.
    case trackRemoved(RemoteTrack)
    /// A track's clock was told or corrected.
    case clock(TrackID)
    /// The server left out packets for this client, which reads too slowly.
    case dropped(track: TrackID, count: Int, reason: String)
    /// A line of chat, one's own too.
    case chat(ChatMessage)
    /// Whether the room is recorded; first told when the session begins.
    case recording(RecordingState, reason: String?)
    /// A track is silent or dark on purpose, or not any more.
    case muted(track: TrackID, participant: String, muted: Bool)
    /// The server refused something without closing the connection.
    case warning(code: String, message: String)
    /// The connection is closed. The last event.
    case closed(CloseReason)
}
