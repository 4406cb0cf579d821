public import NIOCore

/// A control message from the server to a client. PROTOCOL.md explains each.
public enum ServerMessage: Sendable, Hashable {
    /// The session is open.
    case welcome(Welcome)
    /// A track was accepted.
    case published(ref: UInt32, track: TrackID)
    /// Somebody is in the room.
    case joined(participant: String, name: String)
    /// Somebody left.
    case left(participant: String, reason: String)
    /// Somebody's connection broke; their tracks stay, and they may come back.
    case away(participant: String)
    /// Somebody whose connection broke is back; their tracks go on.
    case back(participant: String)
    /// Somebody's track.
    case track(TrackID, participant: String, description: WireTrack)
    /// A track ended.
    case untrack(TrackID)
    /// A smaller version of somebody's video track.
    case layer(TrackID, of: TrackID, description: WireTrack)
    /// A layer ended, its track did not.
    case unlayer(TrackID)
    /// Make a keyframe now.
    case keyframe(TrackID)
    /// Packets that this client did not get because it reads too slowly.
    case dropped(track: TrackID, count: Int, reason: String)
    /// A track is silent or dark on purpose, or not any more.
    case muted(track: TrackID, participant: String, muted: Bool)
    /// A line of chat; time in microseconds of the Unix epoch.
    case chat(from: String, name: String, text: String, time: Int64)
    /// Whether the room is recorded.
    case recording(RecordingState, reason: String?)
    /// The answer to a ping: its own time, and the server's clock in microseconds.
    case pong(time: Int64, server: Int64)
    /// A track's PTS at an instant of the server's clock, microseconds.
    case clock(track: TrackID, pts: Int64, time: Int64)
    /// The server ends the session. `retryAfter`: it is about to be back, and whoever wants to go on tries again after so
    /// many milliseconds.
    case bye(reason: String, retryAfter: Int? = nil)
    /// Something was refused; where it is fatal the server closes the connection.
    case error(code: String, message: String, fatal: Bool, ref: UInt32?)
    /// A type that this version does not know. To be ignored.
    case unknown(type: String)

    /// An error with its stable code.
    public static func refusal(_ error: WireError, fatal: Bool, ref: UInt32? = nil) -> ServerMessage {
        .error(code: error.code.rawValue, message: error.message, fatal: fatal, ref: ref)
    }

    /// Reads the JSON text of a control frame.
    /// - Throws: `bad_message`.
    public init(json: ByteBuffer) throws(WireError) {
        self = try ControlParser.parse(ServerMessage.self, json)
    }

    /// The value of the field `type`.
    public var type: String {
        switch self {
        case .welcome: "welcome"
        case .published: "published"
        case .joined: "joined"
        case .left: "left"
        case .away: "away"
        case .back: "back"
        case .track: "track"
        case .untrack: "untrack"
        case .layer: "layer"
        case .unlayer: "unlayer"
        case .keyframe: "keyframe"
        case .dropped: "dropped"
        case .muted: "muted"
        case .chat: "chat"
        case .recording: "recording"
        case .pong: "pong"
        case .clock: "clock"
        case .bye: "bye"
        case .error: "error"
        case .unknown(let type): type
        }
    }
}
