/// How the sound of a rendition is made.
public struct AudioSettings: Sendable, Hashable, Codable {
    /// Audio format.
    public var codec: AudioCodecName
    /// Bits a second of one track; `nil`: 64,000 a channel.
    public var bitRate: Int?
    /// Channels; `nil`: as the source, but at most 2.
    public var channels: Int?
    /// Samples a second; `nil`: as the source, or the nearest that the encoder takes.
    public var sampleRate: Int?

    /// Settings from their parts.
    public init(
        codec: AudioCodecName = .aac, bitRate: Int? = nil, channels: Int? = nil, sampleRate: Int? = nil
    ) {
        self.codec = codec
        self.bitRate = bitRate
        self.channels = channels
        self.sampleRate = sampleRate
    }
}
