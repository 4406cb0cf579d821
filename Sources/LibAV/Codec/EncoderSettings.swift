public import Media

/// How a video encoder is opened.
public struct VideoEncoderSettings: Sendable {
    /// FFmpeg's name of the encoder, for instance `libx264`.
    public var encoder: String
    /// Width in pixels.
    public var width: Int
    /// Height in pixels.
    public var height: Int
    /// Layout of the pictures that will be sent.
    public var pixelFormat: PixelFormat
    /// Meaning of their luma values.
    public var range: ColorRange
    /// Time base of their time stamps.
    public var timeBase: TimeBase
    /// Pictures a second, for the rate control.
    public var frameRate: Double
    /// Bits a second, or `nil` where the options say how good it shall be.
    public var bitRate: Int?
    /// Greatest number of pictures from one keyframe to the next.
    public var keyframeInterval: Int
    /// Worker threads, 0 for the encoder's choice.
    public var threads: Int
    /// The encoder's private options, by FFmpeg's names.
    public var options: [String: String]

    /// Settings from their parts.
    public init(
        encoder: String, width: Int, height: Int, pixelFormat: PixelFormat, range: ColorRange,
        timeBase: TimeBase,
        frameRate: Double, bitRate: Int?, keyframeInterval: Int, threads: Int, options: [String: String]
    ) {
        self.encoder = encoder
        self.width = width
        self.height = height
        self.pixelFormat = pixelFormat
        self.range = range
        self.timeBase = timeBase
        self.frameRate = frameRate
        self.bitRate = bitRate
        self.keyframeInterval = keyframeInterval
        self.threads = threads
        self.options = options
    }
}

/// How an audio encoder is opened. It takes interleaved floats.
public struct AudioEncoderSettings: Sendable {
    /// FFmpeg's name of the encoder, for instance `libopus`.
    public var encoder: String
    /// Samples a second of one channel.
    public var sampleRate: Int
    /// Number of channels.
    public var channels: Int
    /// Bits a second.
    public var bitRate: Int
    /// The encoder's private options, by FFmpeg's names.
    public var options: [String: String]

    /// Settings from their parts.
    public init(
        encoder: String, sampleRate: Int, channels: Int, bitRate: Int, options: [String: String] = [:]
    ) {
        self.encoder = encoder
        self.sampleRate = sampleRate
        self.channels = channels
        self.bitRate = bitRate
        self.options = options
    }
}
