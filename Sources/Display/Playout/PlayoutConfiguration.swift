/// The bounds within which playout adapts itself. The defaults suit a meeting.
public struct PlayoutConfiguration: Sendable, Hashable {
    /// Delay between capture and playout before anything was measured, nanoseconds.
    public var initialDelayInNanoseconds: Int64 = 60_000_000
    /// The delay never falls below this, nanoseconds.
    public var minimumDelayInNanoseconds: Int64 = 20_000_000
    /// The delay never rises above this, nanoseconds. What is later still is not heard, and shown when it
    /// comes.
    public var maximumDelayInNanoseconds: Int64 = 1_000_000_000
    /// Added to the lateness seen, nanoseconds. More means fewer gaps and a longer way to the other person's
    /// ear.
    public var marginInNanoseconds: Int64 = 10_000_000
    /// Pictures that a track may hold; see ``maximumVideoBytes`` for the overflow rule.
    public var maximumVideoFrames = 64
    /// Memory that the pictures of a track may hold, though never fewer than four pictures. On overflow the
    /// newest picture held gives way to the one that comes: the oldest still gets its turn, so a picture
    /// never freezes.
    public var maximumVideoBytes = 64 << 20
    /// Sound that a track may hold, nanoseconds. On overflow the oldest is dropped.
    public var maximumAudioInNanoseconds: Int64 = 2_000_000_000

    /// The defaults.
    public init() {}
}
