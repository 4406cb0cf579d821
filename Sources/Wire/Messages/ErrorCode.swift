/// Why the server refused something: the `code` of an `error` message. Codes never change their meaning.
public enum ErrorCode: String, Sendable, CaseIterable {
    /// The version in `hello` is not one that the server speaks.
    case unsupportedVersion = "unsupported_version"
    /// The bytes are not a frame: length 0, unknown kind, or a media frame too short for header and payload.
    case badFrame = "bad_frame"
    /// A frame or control message is longer than allowed.
    case frameTooLarge = "frame_too_large"
    /// A control message is not a JSON object with the fields of its type.
    case badMessage = "bad_message"
    /// The message is not allowed at this point of the session.
    case badState = "bad_state"
    /// The room's name is not allowed.
    case badRoom = "bad_room"
    /// The participant's name is not allowed.
    case badName = "bad_name"
    /// A published track's description is not allowed.
    case badTrack = "bad_track"
    /// The track is not one of the sender's own.
    case unknownTrack = "unknown_track"
    /// A media frame breaks the rules of its track: time stamps.
    case badMedia = "bad_media"
    /// A line of chat is empty, too long or has control characters.
    case badChat = "bad_chat"
    /// The recording cannot be brought into the state that was asked for.
    case recordingUnavailable = "recording_unavailable"
    /// The participant or the room has as many tracks as are allowed.
    case tooManyTracks = "too_many_tracks"
    /// The server can open no more files for the recordings of further sources.
    case tooManySources = "too_many_sources"
    /// Control messages, chat or packets came faster than allowed.
    case tooManyMessages = "too_many_messages"
    /// Media came faster than one connection may publish.
    case tooMuchMedia = "too_much_media"
    /// The room has as many participants as are allowed.
    case roomFull = "room_full"
    /// The server has as many connections as it can serve.
    case serverFull = "server_full"
    /// The room is not there yet, and the server has as many rooms as it may.
    case tooManyRooms = "too_many_rooms"
    /// The client's address has as many connections as one address may.
    case tooManyConnections = "too_many_connections"
    /// No `hello` came in time.
    case helloTimeout = "hello_timeout"
    /// No complete frame came for too long.
    case idleTimeout = "idle_timeout"
}
