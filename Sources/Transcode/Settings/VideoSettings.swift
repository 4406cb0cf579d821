/// How the pictures of a rendition are made.
public struct VideoSettings: Sendable, Hashable, Codable {
    /// What happens where ``VideoSettings/width`` and ``VideoSettings/height`` are both given and have another aspect
    /// ratio than the source. Pictures are never distorted.
    public enum Fit: String, Sendable, Codable, CaseIterable {
        /// As large as fits into them.
        case within
        /// Exactly that size, with black bars.
        case pad
        /// Exactly that size; what does not fit is cut off on both sides.
        case crop
    }

    /// Video format.
    public var codec: VideoCodecName
    /// Width in pixels; rounded to even. With ``height`` alone it follows from the source's aspect ratio.
    public var width: Int?
    /// Height in pixels; rounded to even. With ``width`` alone it follows from the source's aspect ratio.
    public var height: Int?
    /// What happens where both are given.
    public var fit: Fit
    /// Whether sources that are smaller than that are enlarged.
    public var enlarges: Bool
    /// The encoder's constant rate factor; lower is better. `nil` with no ``bitRate``: the encoder's usual one.
    public var crf: Double?
    /// Bits a second; instead of ``crf``.
    public var bitRate: Int?
    /// Pictures a second; `nil` keeps every picture of the source with its time, also where the rate varies.
    public var frameRate: FrameRatio?
    /// The encoder's speed: `ultrafast` to `placebo` for H.264 and HEVC; 0 (slow) to 8 for VP9, 0 to 13 for AV1.
    public var preset: String?
    /// Seconds from one keyframe to the next, at the same times in all renditions; `nil`: the encoder chooses.
    public var keyframeSeconds: Double?
    /// Bits of a sample: 8 or 10.
    public var bitDepth: Int

    /// Settings from their parts.
    public init(
        codec: VideoCodecName = .h264, width: Int? = nil, height: Int? = nil, fit: Fit = .within,
        enlarges: Bool = true, crf: Double? = nil, bitRate: Int? = nil, frameRate: FrameRatio? = nil,
        preset: String? = nil, keyframeSeconds: Double? = nil, bitDepth: Int = 8
    ) {
        self.codec = codec
        self.width = width
        self.height = height
        self.fit = fit
        self.enlarges = enlarges
        self.crf = crf
        self.bitRate = bitRate
        self.frameRate = frameRate
        self.preset = preset
        self.keyframeSeconds = keyframeSeconds
        self.bitDepth = bitDepth
    }
}
