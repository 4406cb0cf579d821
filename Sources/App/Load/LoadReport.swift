import FoundationEssentials
import Measure

/// What a load run found: what `--json` writes. docs/sizing.md explains it.
struct LoadReport: Codable, Sendable {
    /// Durations in milliseconds.
    struct Percentiles: Codable, Sendable {
        var count: Int
        var p50: Double
        var p90: Double
        var p99: Double
        var max: Double

        init?(_ histogram: LatencyHistogram) {
            func milliseconds(_ share: Double) -> Double? {
                histogram.percentile(share).map { Double($0) / 1000 }
            }
            guard let p50 = milliseconds(0.5), let p90 = milliseconds(0.9), let p99 = milliseconds(0.99)
            else {
                return nil
            }
            (count, self.p50, self.p90, self.p99) = (histogram.count, p50, p90, p99)
            max = Double(histogram.maximum) / 1000
        }
    }

    /// What one publisher sends.
    struct Stream: Codable, Sendable {
        var kind: String
        var bitrate: Double
        var packetsPerSecond: Double
        var meanPacketBytes: Double

        init(_ stream: LoadStream) {
            kind = stream.description.kind.rawValue
            bitrate = stream.bitRate.rounded()
            packetsPerSecond = 1e9 / stream.interval
            meanPacketBytes = (stream.bitRate / 8 / packetsPerSecond).rounded()
        }
    }

    var url: String
    var rooms: Int
    var publishers: Int
    var subscribers: Int
    var joined: Int
    var streams: [Stream]
    var seconds: Double
    var isInterrupted: Bool
    var packetsSent: Int
    var packetsUnsent: Int
    var bytesSent: Int
    var packetsDelivered: Int
    var bytesDelivered: Int
    var packetsLost: Int
    var packetsDroppedByServer: Int
    var packetsOutOfOrder: Int
    var silentTracks: Int
    var reconnects: Int
    var errors: [String: Int]
    var latency: Percentiles?
    var roundTrip: Percentiles?
    var sendDelay: Percentiles?
    /// CPU seconds of the load itself for each second.
    var loadCPU: Double

    /// Share of the packets that were due at subscribers and did not come.
    var lossShare: Double {
        let due = packetsDelivered + packetsLost
        return due > 0 ? Double(packetsLost) / Double(due) : 0
    }

    /// Whether the load itself was so busy that its latencies say little about the server.
    var isLoadTooBusy: Bool { (sendDelay?.p99 ?? 0) > 20 || loadCPU > 0.9 }

    /// Why the run counts as failed; `nil` where it does not.
    func failure(allowedLoss: Double) -> String? {
        func per(_ share: Double) -> String { "\((share * 1e5).rounded() / 1000) %" }
        if joined < publishers + subscribers {
            return
                "\(publishers + subscribers - joined) of \(publishers + subscribers) participants were not in the rooms"
        }
        if publishers > 0, packetsSent == 0 { return "nothing was sent" }
        if lossShare > allowedLoss {
            return "\(packetsLost) packets were lost, \(per(lossShare)); \(per(allowedLoss)) is allowed"
        }
        if silentTracks > 0 { return "\(silentTracks) times a subscriber got nothing of a track" }
        if reconnects > 0 { return "\(reconnects) connections were lost" }
        if packetsUnsent > 0, Double(packetsUnsent) > allowedLoss * Double(packetsSent + packetsUnsent) {
            return
                "\(packetsUnsent) packets could not be sent, because the server or this machine was too slow"
        }
        return nil
    }

    /// The JSON.
    func encoded() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }
}
