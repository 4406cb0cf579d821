import FoundationEssentials

/// What `convene replay --stats` writes: JSON, times in milliseconds unless the name says otherwise. docs/replay.md
/// explains it.
struct ReplayReport: Codable, Sendable {
    /// Two participants.
    struct Pair: Codable, Sendable {
        var participants: [String]
        var sync: ViewerReport.Percentiles
    }

    var room: String
    var meeting: String
    var speed: Double
    /// Seconds that it took.
    var duration: Double
    var audioOutput: ViewerReport.Output?
    var tracks: [ViewerReport.Track]
    var pairs: [Pair]
    /// What of the archive could not be read.
    var problems: [String]

    /// The JSON.
    func encoded() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(self)) + [UInt8(ascii: "\n")]
    }
}
