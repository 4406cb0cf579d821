import Container
import FoundationEssentials
import LibAV
import Transcode

/// Everything that the result of a rendition depends on. Two runs with one key have one result.
struct WorkKey: Hashable {
    /// Raise it where the meaning of cached results changes.
    private static let version = 1

    /// 64 hexadecimal digits.
    let digest: String

    /// - Parameters:
    ///   - inputDigest: SHA-256 of the source.
    ///   - program: SHA-256 of this program: another build may make something else.
    ///   - metrics: what is measured against the source.
    init(
        _ fixture: BatchPlan.Fixture, _ rendition: BatchPlan.Rendition, inputDigest: String, program: String,
        isBitExact: Bool, takesFrames: Bool
    ) throws(AVError) {
        // libavformat looks at the extension too.
        let name = fixture.path.split(separator: "/").last ?? ""
        let suffix = name.lastIndex(of: ".").map { name[$0...] } ?? ""
        let lines =
            [
                "convene transcode \(Self.version)", "program \(program)", "ffmpeg \(LibAVVersions.build)",
                "input \(inputDigest) \(suffix)",
                "range \(fixture.from ?? 0) \(fixture.to.map { "\($0)" } ?? "end")",
                "bit-exact \(isBitExact)", "frames \(takesFrames)",
                "metrics \(rendition.expectation.metrics.map(\.rawValue).sorted().joined(separator: ","))",
                "settings \(rendition.settings.line)",
            ] + LibAVVersions.transcoding.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
        let sum = try SHA256()
        sum.update(Array(lines.joined(separator: "\n").utf8))
        digest = sum.finish()
    }
}

extension RenditionSettings {
    /// The settings as one line of JSON, the same for the same settings.
    var line: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Encoding numbers, texts and truth values cannot fail.
        guard let data = try? encoder.encode(self) else { return "\(self)" }
        return String(decoding: data, as: UTF8.self)
    }
}
