/// The video formats that can be written, as far as the installed libavcodec has an encoder for them.
public enum VideoCodecName: String, CaseIterable, Sendable, Codable {
    /// H.264 by libx264.
    case h264
    /// HEVC by libx265.
    case hevc
    /// VP9 by libvpx.
    case vp9
    /// AV1 by SVT-AV1 or libaom.
    case av1
}
