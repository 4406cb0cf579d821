/// The audio formats that can be written.
public enum AudioCodecName: String, CaseIterable, Sendable, Codable {
    /// AAC-LC by libavcodec's own encoder.
    case aac
    /// Opus by libopus, always at 48 kHz.
    case opus
}
