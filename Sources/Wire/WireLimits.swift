/// Limits of protocol version 1. A peer that exceeds one of them is refused; PROTOCOL.md lists them.
public enum WireLimits {
    /// The version of the protocol that this module speaks.
    public static let protocolVersion = 1
    /// The port where none is given.
    public static let defaultPort = 7650
    /// Largest value of a frame's length field, in bytes: kind and body.
    public static let maximumFrameLength = 4 * 1024 * 1024
    /// Largest JSON text of a control message, in bytes.
    public static let maximumControlBytes = 64 * 1024
    /// Bytes of the header in front of a media payload.
    public static let mediaHeaderBytes = 28
    /// Bytes of a control message for which it counts once more in the limit of messages a second.
    public static let controlBytesPerMessage = 1024
    /// Control messages a second where nothing else is configured; four times as many at once.
    public static let controlMessagesPerSecond = 100
    /// Media frames a second of all tracks of a connection; twice as many at once.
    public static let packetsPerSecond = 5000
    /// Longest room name, in bytes (they are ASCII).
    public static let maximumRoomNameBytes = 64
    /// Longest participant name, in Unicode scalars.
    public static let maximumNameScalars = 64
    /// Longest participant identifier without a number appended, in bytes (they are ASCII).
    public static let maximumParticipantSlugBytes = 40
    /// Longest participant identifier, with its number, in bytes (they are ASCII).
    public static let maximumParticipantBytes = 64
    /// Longest token for coming back, in bytes of UTF-8.
    public static let maximumResumeBytes = 512
    /// Longest line of chat, in bytes of UTF-8.
    public static let maximumChatBytes = 4096
    /// Longest source name of a track, in bytes (they are ASCII).
    public static let maximumSourceBytes = 32
    /// Largest decoder configuration of a track, in bytes before base64.
    public static let maximumCodecConfigurationBytes = 4096
    /// Tracks that a participant may publish at the same time.
    public static let maximumTracksPerParticipant = 8
    /// Tracks in one room at the same time, layers included.
    public static let maximumTracksPerRoom = 4096
    /// Versions of a video track, in different sizes.
    public static let maximumLayersPerTrack = 2
    /// Track numbers in one `subscribe` or `unsubscribe`.
    public static let maximumTracksPerSubscribe = 1024
    /// Participants of one room at the same time.
    public static let maximumParticipants = 1000
    /// Width and height of pictures, in pixels.
    public static let pictureSizes = 1...16_384
    /// Nominal pictures a second.
    public static let frameRates = 0.0...1000.0
    /// Samples a second.
    public static let sampleRates = 8_000...192_000
    /// Channels of sound.
    public static let channelCounts = 1...8
    /// Largest magnitude of a time stamp, in ticks and in microseconds: 2^53, which JSON numbers carry exactly.
    public static let maximumTime: Int64 = 1 << 53
    /// Largest magnitude of a track's time, in seconds: 31 years. Nanoseconds of such times can be added and subtracted
    /// without a thought of overflow.
    public static let maximumTrackTimeInSeconds: Int64 = 1_000_000_000
    /// Largest PTS − DTS, in seconds. It is never negative.
    public static let maximumReorderingInSeconds = 10
}
