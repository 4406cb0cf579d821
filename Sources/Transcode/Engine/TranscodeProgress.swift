/// How far a transcode is.
public struct TranscodeProgress: Sendable, Hashable {
    /// Seconds of the source that have been read, from where the renditions begin.
    public var position: Double
    /// Seconds that there are in all, where the source says it.
    public var duration: Double?
    /// Pictures that were decoded.
    public var frames: Int
    /// How many times faster than playing it is.
    public var speed: Double

    /// Progress from its parts.
    public init(position: Double, duration: Double?, frames: Int, speed: Double) {
        self.position = position
        self.duration = duration
        self.frames = frames
        self.speed = speed
    }
}
