/// What a transcode has made.
public struct TranscodeResult: Sendable, Hashable, Codable {
    /// One rendition that is whole.
    public struct Output: Sendable, Hashable, Codable {
        /// Where it is.
        public var path: String
        /// All files that belong to it: the file itself, or the playlist and its segments.
        public var files: [String]
        /// Bytes of all its files.
        public var bytes: Int64
        /// Seconds from its first to its last picture or sound.
        public var duration: Double
        /// Pictures of the source that it was made of.
        public var framesIn: Int
        /// Pictures in it.
        public var framesOut: Int
        /// Pictures that were repeated to reach its rate.
        public var framesDuplicated: Int
        /// Pictures that were left out to reach its rate.
        public var framesDropped: Int
        /// Samples a channel of all audio tracks together.
        public var audioSamples: Int
        /// What is different from the source, for people: `alpha dropped`.
        public var notes: [String]
    }

    /// The renditions, in the order of the request.
    public var outputs: [Output]
    /// What was found in the source, for people: damage that was concealed, tracks that were left out.
    public var notes: [String]
    /// Packets of the source that could not be decoded.
    public var damagedPackets: Int
    /// Pictures in which the decoder had to conceal damage.
    public var damagedFrames: Int
}
