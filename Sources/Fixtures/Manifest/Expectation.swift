import Transcode

/// What a rendition of a fixture must be. What is `nil` is not looked at.
public struct Expectation: Sendable, Hashable {
    /// A length with how much it may differ.
    public struct Length: Sendable, Hashable {
        /// Seconds.
        public var seconds: Double
        /// Seconds more or less that are right too.
        public var tolerance: Double

        /// A length from its parts.
        public init(seconds: Double, tolerance: Double) {
            self.seconds = seconds
            self.tolerance = tolerance
        }

        static let standardTolerance = 0.1

        init(_ node: ManifestNode) throws(ManifestError) {
            let seconds = 0.0...1e6
            if case .object = node.value {
                let members = try node.members(["seconds", "tolerance"])
                guard let length = members["seconds"] else { throw node.missing("seconds", "a number") }
                self.init(
                    seconds: try length.number(seconds),
                    tolerance: try members["tolerance"]?.number(seconds) ?? Self.standardTolerance)
            } else {
                self.init(seconds: try node.number(seconds), tolerance: Self.standardTolerance)
            }
        }
    }

    /// The stable code of the error that it must fail with.
    public var error: String?
    /// Whether it is compared with golden frames; `nil` means yes.
    public var golden: Bool?
    /// Least PSNR against the source, dB, of all pictures together.
    public var minimumPSNR: Double?
    /// Least SSIM against the source, 0 to 1, averaged over the pictures.
    public var minimumSSIM: Double?
    /// Greatest size, bytes, of all its files.
    public var maximumBytes: Int?
    /// How long it must be.
    public var duration: Length?
    /// How many pictures it must have.
    public var frames: Int?
    /// Its tracks, in order.
    public var streams: [StreamExpectation]?
    /// Texts that must each occur in a note of the result, for instance `alpha`.
    public var notes: [String]?

    /// Nothing is expected but success.
    public init() {}

    static let keys = [
        "error", "golden", "minimumPSNR", "minimumSSIM", "maximumBytes", "duration", "frames", "streams",
        "notes",
    ]

    init(_ node: ManifestNode) throws(ManifestError) {
        let members = try node.members(Self.keys)
        error = try members["error"]?.text(among: TranscodeError.codes)
        golden = try members["golden"]?.flag()
        minimumPSNR = try members["minimumPSNR"]?.number(0...200)
        minimumSSIM = try members["minimumSSIM"]?.number(0...1)
        maximumBytes = try members["maximumBytes"]?.integer(0...Int.max)
        duration = try members["duration"].map(Length.init)
        frames = try members["frames"]?.integer(0...Int.max)
        streams = try members["streams"]?.items("a list of tracks").mapNodes(StreamExpectation.init)
        notes = try members["notes"]?.items("a list of texts").mapNodes { node throws(ManifestError) in
            try node.text("a text")
        }
        if error != nil, let other = members.keys.sorted().first(where: { $0 != "error" }) {
            throw members[other]?.invalid("left out beside error: what fails has no rendition")
                ?? node.invalid("an object")
        }
    }

    /// What this says, and what `general` says where this is silent.
    ///
    /// An expected error stands alone: it replaces all that is more general, and whatever is said more specifically
    /// replaces it.
    func over(_ general: Expectation) -> Expectation {
        if error != nil { return self }
        if general.error != nil { return self == Expectation() ? general : self }
        var result = self
        result.golden = golden ?? general.golden
        result.minimumPSNR = minimumPSNR ?? general.minimumPSNR
        result.minimumSSIM = minimumSSIM ?? general.minimumSSIM
        result.maximumBytes = maximumBytes ?? general.maximumBytes
        result.duration = duration ?? general.duration
        result.frames = frames ?? general.frames
        result.streams = streams ?? general.streams
        result.notes = notes ?? general.notes
        return result
    }

    /// The metrics that must be measured for it.
    var metrics: Set<Metric> {
        var metrics: Set<Metric> = []
        if minimumPSNR != nil { metrics.insert(.psnr) }
        if minimumSSIM != nil { metrics.insert(.ssim) }
        return metrics
    }
}
