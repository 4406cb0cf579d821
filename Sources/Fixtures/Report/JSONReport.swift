import Container
import FoundationEssentials

/// A run as JSON, for programs.
public struct JSONReport: Sendable, Codable {
    /// Version of this format.
    public var version = 1
    /// The manifest's path.
    public var manifest: String
    /// When it began, ISO 8601.
    public var began: String
    /// Whether all of it was as the manifest expects.
    public var isSuccess: Bool
    /// Whether it was interrupted.
    public var isInterrupted: Bool
    /// Seconds that it took.
    public var seconds: Double
    /// Versions of FFmpeg's libraries by name.
    public var libraries: [String: String]
    /// Every rendition of every fixture, in the manifest's order.
    public var cases: [BatchCase]

    /// The report of a run.
    public init(_ report: BatchReport, manifest: String, began: String) {
        self.manifest = manifest
        self.began = began
        isSuccess = report.isSuccess
        isInterrupted = report.isInterrupted
        seconds = report.seconds
        libraries = MediaLibraries.versions
        cases = report.cases
    }

    /// The text of the file.
    public func text() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self) + "\n"
    }
}
