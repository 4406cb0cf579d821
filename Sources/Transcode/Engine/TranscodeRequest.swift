/// One source and the renditions that are made of it in one go.
public struct TranscodeRequest: Sendable {
    /// One rendition and where it goes.
    public struct Output: Sendable, Hashable {
        /// Path of the file, or of the playlist.
        public var path: String
        /// What it holds.
        public var settings: RenditionSettings

        /// An output from its parts.
        public init(path: String, settings: RenditionSettings) {
            self.path = path
            self.settings = settings
        }
    }

    /// Path of the source.
    public var input: String
    /// The renditions, at least one.
    public var outputs: [Output]
    /// Seconds of the source at which they begin; `nil`: its beginning.
    public var from: Double?
    /// Seconds of the source at which they end; `nil`: its end.
    public var to: Double?
    /// Whether the decoded renditions are the same on every x86-64 machine with these libraries, whatever its number of
    /// cores and its SIMD. Slower.
    public var isBitExact: Bool
    /// Threads of each encoder; 0 for the number of cores. A bit-exact transcode has a number of its own.
    public var threads: Int

    /// A request from its parts.
    public init(
        input: String, outputs: [Output], from: Double? = nil, to: Double? = nil, isBitExact: Bool = false,
        threads: Int = 0
    ) {
        self.input = input
        self.outputs = outputs
        self.from = from
        self.to = to
        self.isBitExact = isBitExact
        self.threads = threads
    }
}
