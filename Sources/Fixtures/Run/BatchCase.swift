/// What came of one rendition of one fixture.
public struct BatchCase: Sendable, Hashable, Codable {
    /// How it ended.
    public enum Outcome: String, Sendable, Codable {
        /// It did what the manifest expects.
        case passed
        /// It did not.
        case failed
        /// The run was interrupted before.
        case interrupted
    }

    /// How it is with golden frames.
    public enum Golden: String, Sendable, Codable {
        /// They were compared, and are the same.
        case same
        /// They differ, or there are none.
        case different
        /// They were written anew.
        case updated
        /// They were up to date.
        case unchanged
    }

    /// The fixture's name.
    public var fixture: String
    /// The rendition's name.
    public var rendition: String
    /// How it ended.
    public var outcome: Outcome
    /// What is not as expected; empty where it passed.
    public var failures: [BatchFailure]
    /// The error that it failed with as expected.
    public var expectedError: String?
    /// Whether it is the result of an earlier run.
    public var isCached: Bool
    /// Seconds that it took, with its share of what was done for all renditions of the fixture at once.
    public var seconds: Double
    /// Where it is, with `--output`.
    public var output: String?
    /// Bytes of all its files.
    public var bytes: Int64?
    /// Pictures.
    public var frames: Int?
    /// Seconds that it plays.
    public var duration: Double?
    /// PSNR against the source, dB, where it was measured and is finite.
    public var psnr: Double?
    /// SSIM against the source, where it was measured.
    public var ssim: Double?
    /// How it is with golden frames.
    public var golden: Golden?
    /// What is different from the source, for people.
    public var notes: [String]

    /// A case of which nothing is known yet.
    package init(_ fixture: String, _ rendition: String, outcome: Outcome) {
        self.fixture = fixture
        self.rendition = rendition
        self.outcome = outcome
        failures = []
        isCached = false
        seconds = 0
        notes = []
    }
}
