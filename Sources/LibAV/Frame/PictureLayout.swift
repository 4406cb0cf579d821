internal import CFFmpeg

/// How the samples of a raw picture lie in memory, any of FFmpeg's formats.
public struct PictureLayout: Sendable, Hashable {
    let format: AVPixelFormat
    /// FFmpeg's name: `yuv420p10le`.
    public let name: String
    /// Bits of a sample.
    public let bitDepth: Int
    /// Whether pixels have transparency.
    public let hasAlpha: Bool
    /// Whether the samples are red, green and blue, or a palette of them.
    public let isRGB: Bool

    init?(_ format: AVPixelFormat) {
        guard let descriptor = av_pix_fmt_desc_get(format) else { return nil }
        self.format = format
        name = String(cString: descriptor.pointee.name)
        bitDepth = Int(descriptor.pointee.comp.0.depth)
        let flags = Int32(truncatingIfNeeded: descriptor.pointee.flags)
        hasAlpha = flags & Int32(AV_PIX_FMT_FLAG_ALPHA) != 0
        isRGB = flags & Int32(AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_PAL) != 0
    }

    /// A layout by FFmpeg's name; `nil` where there is none of that name.
    public init?(named name: String) { self.init(av_get_pix_fmt(name)) }
}
