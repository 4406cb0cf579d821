/// What stands around the pictures of a meeting.
public struct MeetingStatus: Sendable, Hashable {
    /// Whether the room is recorded; `nil` where that is of no interest.
    public var recording: RecordingSign?
    /// What is wrong with one's own connection.
    public var banner: String?
    /// The last lines of chat, oldest first.
    public var chat: [String] = []
    /// Oneself, where one sends something.
    public var own: OwnTile?

    /// Nothing.
    public init() {}
}

/// Whether a meeting is recorded.
public enum RecordingSign: Sendable, Hashable {
    /// It is.
    case recording
    /// Not for a while.
    case paused
    /// It is not.
    case off
    /// It should be and cannot.
    case failed(reason: String)
}

/// How one appears to oneself.
public struct OwnTile: Sendable, Hashable {
    /// One's name.
    public var name: String
    /// Whether there is a microphone.
    public var hasMicrophone: Bool
    /// Whether nothing of it is sent.
    public var isMuted: Bool
    /// How loud it is, in steps from 0 to ``levels``.
    public let level: Int

    /// Steps of the level.
    public static let levels = 12

    /// A tile from its parts.
    /// - Parameter level: from 0 to 1.
    public init(name: String, hasMicrophone: Bool, isMuted: Bool, level: Float) {
        self.name = name
        self.hasMicrophone = hasMicrophone
        self.isMuted = isMuted
        self.level = Int((min(max(level, 0), 1) * Float(Self.levels)).rounded())
    }
}
