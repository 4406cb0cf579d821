/// What one connection may send. Every value has the protocol's default.
public struct SessionLimits: Sendable, Hashable {
    /// Tracks at the same time.
    public var tracks = WireLimits.maximumTracksPerParticipant
    /// Control messages a second in the long run; ``messageBurst`` at once.
    public var controlMessagesPerSecond = WireLimits.controlMessagesPerSecond
    /// Bits a second of media in the long run, frame headers included; 0: as many as come.
    public var publishBitsPerSecond = 0

    /// The defaults.
    public init() {}

    /// Control messages that may come at once.
    var messageBurst: Int { 4 * controlMessagesPerSecond }

    /// Bytes of media that may come at once: what two seconds may bring, so that a publisher can catch up with a stall of
    /// its network, and at least the largest frame, so that every keyframe passes.
    var publishBurst: Int {
        max(publishBitsPerSecond / 8 * 2, 4 + WireLimits.maximumFrameLength)
    }
}
