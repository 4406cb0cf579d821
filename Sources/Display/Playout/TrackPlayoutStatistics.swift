public import Media

/// What playout did with one track so far. Frames are pictures; samples are those of one channel.
public struct TrackPlayoutStatistics: Sendable, Hashable {
    /// Pictures or sound.
    public var kind: MediaKind
    /// Whose track it is.
    public var participant: String
    /// Frames or samples waiting for their time.
    public var queued = 0
    /// Frames shown or samples played.
    public var presented = 0
    /// Frames or samples that came too late to be shown or played, because newer ones were due.
    public var skippedLate = 0
    /// Frames or samples dropped because the queue was full.
    public var dropped = 0
    /// How often sound came too late: the queue had run dry, and the next frame went on where the stream
    /// stood. Where nothing was sent (a muted microphone), or something was lost on the way, that is a gap
    /// instead.
    public var underruns = 0
    /// How often the capture times of the sound left a hole of more than 30 ms.
    public var gaps = 0
    /// The participant's delay from capture to playout at present, nanoseconds.
    public var delayInNanoseconds: Int64 = 0

    /// Zeroes for a track.
    public init(kind: MediaKind, participant: String) {
        self.kind = kind
        self.participant = participant
    }
}
