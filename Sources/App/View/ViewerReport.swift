import FoundationEssentials
import Measure

/// What `--stats` writes: JSON, times in milliseconds unless the name says otherwise. docs/statistics.md explains it.
struct ViewerReport: Codable, Sendable {
    struct Percentiles: Codable, Sendable {
        var count: Int
        var p50: Double
        var p95: Double
        var p99: Double
        var max: Double

        init?(_ samples: LatencySamples) {
            guard let p50 = samples.percentile(0.5), let p95 = samples.percentile(0.95),
                let p99 = samples.percentile(0.99), let max = samples.maximum
            else { return nil }
            (count, self.p50, self.p95, self.p99, self.max) = (samples.count, p50, p95, p99, max)
        }
    }

    struct Offset: Codable, Sendable {
        var count: Int
        var p50: Double
        var p95: Double
        var mean: Double

        init?(_ statistics: SyncStatistics) {
            guard let p50 = statistics.offsets.percentile(0.5), let p95 = statistics.offsets.percentile(0.95),
                let mean = statistics.mean
            else { return nil }
            (count, self.p50, self.p95, self.mean) = (statistics.offsets.count, p50, p95, mean)
        }
    }

    /// The sound's way to the loudspeaker.
    struct Output: Codable, Sendable {
        var kind: String
        var underruns: Int
        var buffer: Double
        var longestBuffer: Double
    }

    struct Track: Codable, Sendable {
        var track: UInt32
        var participant: String
        var name: String
        var kind: String
        var codec: String
        var width: Int?
        var height: Int?
        var packetsReceived = 0
        var packetsMissing = 0
        var packetsDroppedByServer = 0
        var packetsDroppedByViewer = 0
        var framesDecoded = 0
        /// Height of the last picture: a smaller one where the track is sent in two sizes.
        var pictureHeight: Int?
        var framesPresented = 0
        var framesSkippedLate = 0
        var framesMissing: Int?
        var framesCaughtUp: Int?
        var firstIndex: UInt32?
        var lastIndex: UInt32?
        var decodeErrors = 0
        var firstPicture: Double?
        var latency: Percentiles?
        var audioUnderruns: Int?
        var audioGaps: Int?
        var playoutDelay: Double?
        var avOffset: Offset?
    }

    var room: String
    var participant: String
    var duration: Double
    var audioOutput: Output?
    var tracks: [Track]

    /// The JSON.
    func encoded() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(self)) + [UInt8(ascii: "\n")]
    }
}
