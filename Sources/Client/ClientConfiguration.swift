/// Settings of a client's connection. Every one has a default.
public struct ClientConfiguration: Sendable {
    /// Seconds that connecting may take, from the first byte to the first answer about the clock.
    public var connectTimeoutInSeconds = 5.0
    /// Seconds that the server may take to answer a `publish`.
    public var publishTimeoutInSeconds = 5.0
    /// Seconds between two pings.
    public var pingIntervalInSeconds = 2.0
    /// Seconds without a frame from the server after which the connection counts as lost.
    public var silenceTimeoutInSeconds = 10.0
    /// Seconds between two `clock` messages of a published track.
    public var clockIntervalInSeconds = 5.0
    /// Seconds that leaving may take: sending what is queued, and the server's closing.
    public var finishTimeoutInSeconds = 2.0
    /// Bytes of published media that may wait to be sent.
    public var sendQueueBytes = 4_000_000
    /// How long published media may wait to be sent.
    public var sendQueueInMilliseconds = 1500
    /// Seconds for which a connection that broke is made again, as the same participant where the server still keeps the
    /// place. 0: the end of the connection is the end.
    public var reconnectTimeoutInSeconds = 0.0

    /// How much is taken of a server.
    public var room = RoomLimits()

    /// The defaults.
    public init() {}
}
