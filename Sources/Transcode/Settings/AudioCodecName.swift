/// The audio formats that can be written.
public enum AudioCodecName: String, CaseIterable, Sendable, Codable {
    /// AAC-LC by libavcodec's own encoder.
    case aac
    /// Opus by libopus, always at 48 kHz.
    case opus

    /// Whether the encoder's result depends on the make of the processor: libopus estimates reciprocals and their roots with
    /// `rcpps` and `rsqrtps`, whose last bits each maker chooses. It has no switch for that.
    package var variesWithProcessor: Bool { self == .opus }
}
