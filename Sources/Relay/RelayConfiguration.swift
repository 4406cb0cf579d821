public import Media
import Wire

/// Settings of a relay server. Every one has a default.
public struct RelayConfiguration: Sendable {
    /// Host name or address to listen on; an IPv6 address with or without brackets.
    public var host = "0.0.0.0"
    /// TCP port to listen on; 0 lets the system choose.
    public var port = WireLimits.defaultPort
    /// Seconds within which a new connection must say hello.
    public var helloTimeoutInSeconds = 5.0
    /// Seconds without a complete frame from a client after which it is disconnected.
    public var idleTimeoutInSeconds = 30.0
    /// Seconds without any progress in sending after which a subscriber is disconnected.
    public var slowConsumerTimeoutInSeconds = 10.0
    /// Bytes of media that may wait for one subscriber. Higher: fewer drops, more memory.
    public var subscriberQueueBytes = 4_000_000
    /// How long media may wait for one subscriber. Higher: fewer drops, more delay.
    public var subscriberQueueInMilliseconds = 1500
    /// Least time between two flushes of a room. What comes within it is sent together: higher costs fewer system calls
    /// and adds at most so much latency; 0 sends everything at once.
    public var tickInMilliseconds = 5
    /// The memory that caches, unfinished frames and queues may take; whoever else keeps something for peers counts it here
    /// too. Short of it, the server gives up what can be had again, and at last lets nobody in.
    public var memory = MemoryBudget(bytes: 1 << 40)
    /// Seconds without progress after which a large unfinished frame ends its connection.
    public var frameTimeoutInSeconds = 10.0
    /// Bytes of control messages that may wait for one subscriber; beyond it is disconnected.
    public var subscriberControlBytes = 1_048_576
    /// Bytes of one track's pictures since its keyframe that are kept for late joiners.
    public var gopCacheBytes = 8 * 1024 * 1024
    /// Seconds of one track's pictures since its keyframe that are kept for late joiners.
    public var gopCacheInSeconds = 10.0
    /// Least time between two keyframe requests to the publisher of one track.
    public var keyframeRequestIntervalInMilliseconds = 500
    /// Connections at the same time; further ones are refused. The server takes fewer where the process may not open
    /// two files for each, because every connection may also be recorded.
    public var maximumConnections = 4096
    /// Files that recordings may have open at the same time: one for each source of each participant, and one for the journal
    /// of each room that has a source; `nil`: three quarters of the files that connections leave. The rest is for files that
    /// follow one another, and for journals of rooms in which there is only chat.
    public var maximumRecordingFiles: Int?
    /// Connections from one IPv4 address or one IPv6 network of 64 bits at the same time; 0: as many as there are.
    public var maximumConnectionsPerAddress = 0
    /// Rooms at the same time; whoever would open one more is refused.
    public var maximumRooms = 1000
    /// Participants of one room at the same time.
    public var maximumParticipantsPerRoom = WireLimits.maximumParticipants
    /// Tracks that a participant may publish at the same time.
    public var maximumTracksPerParticipant = WireLimits.maximumTracksPerParticipant
    /// Seconds for which a participant whose connection broke keeps its place and its tracks. 0: none.
    public var resumeInSeconds = 30
    /// Control messages a second that a client may send in the long run, four times as many at once.
    public var controlMessagesPerSecond = WireLimits.controlMessagesPerSecond
    /// Bits a second of media that a client may publish in the long run; 0: as many as it likes.
    public var maximumPublishBitsPerSecond = 100_000_000
    /// How long a connection that is being closed may take to send what is queued and to be closed by its peer.
    public var closeTimeoutInMilliseconds = 2000

    /// The defaults.
    public init() {}

    /// What one connection may send.
    var session: SessionLimits {
        var limits = SessionLimits()
        limits.tracks = maximumTracksPerParticipant
        limits.controlMessagesPerSecond = controlMessagesPerSecond
        limits.publishBitsPerSecond = maximumPublishBitsPerSecond
        return limits
    }

    /// What a welcome tells of it.
    var told: Welcome.Limits {
        Welcome.Limits(
            tracks: maximumTracksPerParticipant, idleSeconds: Int(idleTimeoutInSeconds),
            publishBitrate: maximumPublishBitsPerSecond > 0 ? maximumPublishBitsPerSecond : nil)
    }
}
