/// The fingerprint of one decoded picture or stretch of sound.
public struct FrameHash: Sendable, Hashable, Codable {
    /// What was decoded.
    public enum Kind: String, Sendable, Codable {
        /// A picture.
        case video
        /// A stretch of sound.
        case audio
    }

    /// Index of the stream in its file.
    public var stream: Int
    /// What was decoded.
    public var kind: Kind
    /// Presentation time in ticks of the time base; `nil` where the file has none.
    public var pts: Int64?
    /// Seconds for ``timeBaseDenominator`` ticks.
    public var timeBaseNumerator: Int32
    /// Ticks for ``timeBaseNumerator`` seconds.
    public var timeBaseDenominator: Int32
    /// MD5 in 32 lower-case hexadecimal digits: of the visible samples of a picture, plane after plane without padding; of
    /// sound, as interleaved 16-bit little-endian integers. The same as in `ffmpeg -f framemd5`.
    public var hash: String
    /// `320x180 yuv420p` of a picture, `1024 48000 stereo` (samples, rate, channels) of sound.
    public var format: String
    /// Of a picture: the means of its luma over a grid of 8 by 8 fields, row by row, in 0…255 whatever the bit depth; `nil`
    /// of sound.
    public var lumaGrid: [UInt8]?

    /// Presentation time in seconds.
    public var seconds: Double? {
        pts.map { Double($0) * Double(timeBaseNumerator) / Double(max(1, timeBaseDenominator)) }
    }
}
