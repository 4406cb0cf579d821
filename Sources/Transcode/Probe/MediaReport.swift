/// What is in a media file.
public struct MediaReport: Sendable, Hashable, Codable {
    /// One stream of the file.
    public struct Stream: Sendable, Hashable, Codable {
        /// Index in the file.
        public var index: Int
        /// `video`, `audio`, `subtitle`, `data`, `attachment` or `cover` (a still picture that belongs to a recording).
        public var kind: String
        /// FFmpeg's name of the format, for instance `h264`.
        public var codec: String
        /// Profile, where the format has any: `High`, `LC`.
        public var profile: String?
        /// Bits a second, where known.
        public var bitRate: Int?
        /// Seconds, where known.
        public var duration: Double?
        /// Seconds of the file's time at which it begins.
        public var start: Double?
        /// Language as the file says it: `eng`.
        public var language: String?
        /// Title as the file says it.
        public var title: String?
        /// Whether players choose it by themselves.
        public var isDefault: Bool
        /// Whether a decoder for it is installed.
        public var isDecodable: Bool
        /// What only video has.
        public var video: Video?
        /// What only audio has.
        public var audio: Audio?
    }

    /// What only video streams have.
    public struct Video: Sendable, Hashable, Codable {
        /// Width of the stored pictures in pixels.
        public var width: Int
        /// Height of the stored pictures in pixels.
        public var height: Int
        /// Width as shown: upright, with square pixels.
        public var displayWidth: Int
        /// Height as shown: upright, with square pixels.
        public var displayHeight: Int
        /// Width to height of a pixel, for instance `16:11`; `1:1` where not said.
        public var sampleAspectRatio: String
        /// Degrees clockwise by which players turn the pictures: 0, 90, 180, 270 or something else.
        public var rotation: Int
        /// Whether players mirror the pictures.
        public var isMirrored: Bool
        /// Pictures a second on average, as an exact number: `25` or `30000/1001`.
        public var frameRate: String?
        /// Whether the distance of pictures varies, as far as the first seconds tell.
        public var isVariableFrameRate: Bool
        /// FFmpeg's name of the sample layout: `yuv420p`.
        public var pixelFormat: String
        /// Bits of a sample.
        public var bitDepth: Int
        /// Whether pictures have transparency.
        public var hasAlpha: Bool
        /// `full`, `limited`, or `nil` where not said.
        public var range: String?
        /// FFmpeg's name of the matrix: `bt709`.
        public var matrix: String?
        /// FFmpeg's name of the primaries.
        public var primaries: String?
        /// FFmpeg's name of the transfer function.
        public var transfer: String?
        /// `progressive`, `top` or `bottom` (which field comes first), or `nil` where not said.
        public var fieldOrder: String?
        /// Whether pictures refer to later ones.
        public var hasBFrames: Bool
    }

    /// What only audio streams have.
    public struct Audio: Sendable, Hashable, Codable {
        /// Samples a second of one channel.
        public var sampleRate: Int
        /// Number of channels.
        public var channels: Int
        /// FFmpeg's name of their layout: `stereo`, `5.1`.
        public var layout: String
    }

    /// Where it is.
    public var path: String
    /// FFmpeg's short names of the format, for instance `mov,mp4,m4a,3gp,3g2,mj2`.
    public var container: String
    /// Bytes.
    public var bytes: Int64
    /// Seconds, where known.
    public var duration: Double?
    /// Seconds of the first time stamp.
    public var start: Double?
    /// Bits a second, where known.
    public var bitRate: Int?
    /// All streams, in the order of the file.
    public var streams: [Stream]
    /// Number of chapters.
    public var chapters: Int
    /// What a transcode will do that is not obvious, and what looks wrong, for people.
    public var notes: [String]
}
