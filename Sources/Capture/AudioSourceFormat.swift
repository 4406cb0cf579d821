/// What the sound of a source is.
public struct AudioSourceFormat: Sendable, Hashable {
    /// Samples a second of one channel.
    public var sampleRate: Int
    /// Channels, interleaved.
    public var channels: Int

    /// A format from its parts.
    public init(sampleRate: Int, channels: Int) {
        self.sampleRate = sampleRate
        self.channels = channels
    }

    /// Samples of one channel in a frame of 20 ms.
    public var samplesPerFrame: Int { sampleRate / 50 }
}
