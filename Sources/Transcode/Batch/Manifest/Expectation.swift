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
    /// Least PSNR of luma against the source, dB, averaged over the pictures.
    public var minimumPSNR: Double?
    /// Least SSIM of luma against the source, 0 to 1, averaged over the pictures.
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
        "error", "golden", "minimumPSNR", "minimumSSIM", "maximumBytes", "duration", "frames", "streams", "notes",
    ]

    init(_ node: ManifestNode, errorCodes: [String]) throws(ManifestError) {
        let members = try node.members(Self.keys)
        if let error = members["error"] {
            let allowed = "one of " + errorCodes.map { "\"\($0)\"" }.joined(separator: ", ")
            let code = try error.text(allowed)
            guard errorCodes.contains(code) else { throw error.invalid(allowed) }
            self.error = code
        }
        golden = try members["golden"]?.flag()
        minimumPSNR = try members["minimumPSNR"]?.number(0...200)
        minimumSSIM = try members["minimumSSIM"]?.number(0...1)
        maximumBytes = try members["maximumBytes"]?.integer(0...Int.max)
        duration = try members["duration"].map(Length.init)
        frames = try members["frames"]?.integer(0...Int.max)
        streams = try members["streams"].map { node throws(ManifestError) in
            var streams: [StreamExpectation] = []
            for item in try node.items("a list of tracks") { streams.append(try StreamExpectation(item)) }
            return streams
        }
        notes = try members["notes"].map { node throws(ManifestError) in
            var notes: [String] = []
            for item in try node.items("a list of texts") { notes.append(try item.text("a text")) }
            return notes
        }
        if error != nil, let other = members.keys.sorted().first(where: { $0 != "error" }) {
            throw members[other]?.invalid("left out beside error: what fails has no rendition") ?? node.invalid("an object")
        }
    }

    /// This where it says something, else what `general` says.
    func over(_ general: Expectation) -> Expectation {
        guard error == nil else { return self }
        var result = self
        let saysSomething = self != Expectation()
        // What is said of a rendition that succeeds replaces a general error.
        if !saysSomething { result.error = general.error }
        guard result.error == nil else { return Expectation(error: general.error) }
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

    private init(error: String?) { self.error = error }
}
