/// What a track carries.
public enum MediaKind: String, Sendable, Codable, CaseIterable {
    /// Pictures.
    case video
    /// Sound.
    case audio
}

/// A compression format that a track can have.
public enum CodecID: String, Sendable, Codable, CaseIterable {
    /// H.264, access units in Annex B (Rec. ITU-T H.264).
    case h264
    /// Opus packets without any framing (RFC 6716).
    case opus
    /// Raw AAC frames without ADTS (ISO/IEC 14496-3).
    case aac

    /// The kind of media that the format compresses.
    public var kind: MediaKind {
        switch self {
        case .h264: .video
        case .opus, .aac: .audio
        }
    }
}

/// Everything that a decoder or a muxer must know of a track before its first packet.
public struct TrackDescription: Sendable, Hashable {
    /// What only pictures have.
    public struct Video: Sendable, Hashable {
        /// Width in pixels, as displayed.
        public var width: Int
        /// Height in pixels, as displayed.
        public var height: Int
        /// Nominal pictures a second, or 0 where they come irregularly.
        public var frameRate: Double

        /// A picture size and rate.
        public init(width: Int, height: Int, frameRate: Double) {
            self.width = width
            self.height = height
            self.frameRate = frameRate
        }
    }

    /// What only sound has.
    public struct Audio: Sendable, Hashable {
        /// Samples a second of one channel.
        public var sampleRate: Int
        /// Channels, 1 or 2 from our own publishers.
        public var channels: Int

        /// A sample rate and channel count.
        public init(sampleRate: Int, channels: Int) {
            self.sampleRate = sampleRate
            self.channels = channels
        }
    }

    /// The part that depends on the kind of media.
    public enum Format: Sendable, Hashable {
        /// A video track.
        case video(Video)
        /// An audio track.
        case audio(Audio)
    }

    /// Compression format.
    public var codec: CodecID
    /// Time base of every time stamp of the track.
    public var timeBase: TimeBase
    /// Size and rate, or sample rate and channels. Its kind is that of ``codec``.
    public var format: Format
    /// Which source of the participant it is, for instance `camera` or `screen`. Tracks of one participant with the
    /// same source belong together: they are recorded into the same file.
    public var source: String
    /// Out-of-band decoder configuration: the `OpusHead` (RFC 7845 §5.1) for Opus (may be empty), the
    /// AudioSpecificConfig (ISO/IEC 14496-3 §1.6.2.1) for AAC (required), empty for H.264.
    public var codecConfiguration: [UInt8]

    /// A description from its parts.
    public init(
        codec: CodecID, timeBase: TimeBase, format: Format, source: String, codecConfiguration: [UInt8] = []
    ) {
        self.codec = codec
        self.timeBase = timeBase
        self.format = format
        self.source = source
        self.codecConfiguration = codecConfiguration
    }

    /// Whether the track carries pictures or sound.
    public var kind: MediaKind { codec.kind }

    /// Size and rate of a video track.
    public var video: Video? { if case .video(let video) = format { video } else { nil } }

    /// Sample rate and channels of an audio track.
    public var audio: Audio? { if case .audio(let audio) = format { audio } else { nil } }
}
