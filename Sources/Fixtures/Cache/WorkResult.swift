import Transcode

/// What came of one rendition of one fixture, as it is kept.
struct WorkResult: Codable, Sendable, Hashable {
    /// One file of a rendition.
    struct File: Codable, Sendable, Hashable {
        /// Name without a folder.
        var name: String
        var bytes: Int64
        /// SHA-256.
        var digest: String
    }

    /// A measured metric.
    struct Measure: Codable, Sendable, Hashable {
        var metric: Metric
        /// `nil` stands for infinite, which JSON does not have.
        var average: Double?
        var minimum: Double?
        var minimumAt: Double
    }

    /// Why there is no rendition.
    struct Failure: Codable, Sendable, Hashable {
        var code: String
        var text: String
    }

    /// Why there is no rendition; everything else is empty then.
    var failure: Failure?
    /// All files that belong to the rendition.
    var files: [File] = []
    /// Which of them is the rendition, or its playlist.
    var mainFile = ""
    /// Seconds.
    var duration = 0.0
    /// Pictures.
    var frames = 0
    /// What was measured against the source.
    var measures: [Measure] = []
    /// What is in it.
    var streams: [MediaReport.Stream] = []
    /// What is different from the source, for people.
    var notes: [String] = []
    /// Golden frames of it, as text, where they were asked for.
    var golden: String?
    /// Seconds that it took.
    var seconds = 0.0

    /// Bytes of all files.
    var bytes: Int64 { files.reduce(0) { $0 + $1.bytes } }

    /// The average of a metric, where it was measured.
    func average(_ metric: Metric) -> Double? {
        measures.first { $0.metric == metric }.map { $0.average ?? .infinity }
    }
}
