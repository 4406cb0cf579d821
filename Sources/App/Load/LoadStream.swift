import Codec
import Media
import NIOCore

/// A short stretch of real media that publishers send again and again: from one keyframe to the next, or a second of sound.
struct LoadStream: Sendable {
    /// One packet of it, without time stamps.
    struct Item: Sendable {
        let payload: ByteBuffer
        let flags: Packet.Flags
    }

    let description: TrackDescription
    let items: [Item]
    /// Nanoseconds from one packet to the next.
    let interval: Double
    /// The same in ticks of the track's time base.
    let ticks: Double

    /// Bits a second that it really has, without headers.
    var bitRate: Double {
        Double(items.reduce(0) { $0 + $1.payload.readableBytes } * 8) / (interval * Double(items.count) / 1e9)
    }

    private init(_ description: TrackDescription, _ packets: [Packet], interval: Double) {
        self.description = description
        items = packets.map {
            Item(payload: ByteBuffer(bytes: $0.bytes()), flags: $0.flags)
        }
        self.interval = interval
        ticks = interval / 1e9 / description.timeBase.seconds
    }

    /// One GOP of H.264 that cannot be compressed further than to its bitrate.
    static func video(_ video: LoadVideo) throws -> LoadStream {
        let encoder = try VideoEncoder(
            VideoEncoding(
                width: video.width, height: video.height, frameRate: video.rate, bitRate: video.bitRate,
                keyframeInterval: video.keyframeSeconds, preset: "ultrafast"))
        let picture = NoisePicture(width: video.width, height: video.height)
        let count = max(1, Int((video.rate * video.keyframeSeconds).rounded()))
        // The rate control finds its level within the first GOP; the second one is kept.
        var packets: [Packet] = []
        for index in 0..<2 * count {
            let pts = Int64((Double(index) * 90_000 / video.rate).rounded())
            packets += try encoder.encode(picture.next(), pts: pts)
        }
        packets += try encoder.finish()
        let start = packets.lastIndex { $0.isKeyframe } ?? 0
        return LoadStream(
            TrackDescription(
                codec: .h264, timeBase: VideoEncoder.timeBase,
                format: .video(.init(width: video.width, height: video.height, frameRate: video.rate)),
                source: "camera"), Array(packets[start...]), interval: 1e9 / video.rate)
    }

    /// A second of Opus.
    static func audio() throws -> LoadStream {
        let encoder = try AudioEncoder(channels: 1, bitRate: 48_000)
        var generator = NoiseGenerator()
        let samples = (0..<AudioEncoder.sampleRate).map { _ in
            Float(Int8(truncatingIfNeeded: generator.next())) / 1024
        }
        let packets = try encoder.encode(samples, pts: 0)
        return LoadStream(
            TrackDescription(
                codec: .opus, timeBase: AudioEncoder.timeBase,
                format: .audio(.init(sampleRate: AudioEncoder.sampleRate, channels: 1)), source: "camera",
                codecConfiguration: encoder.configuration), packets, interval: 2e7)
    }
}

extension TimeBase {
    /// Length of a tick in seconds.
    fileprivate var seconds: Double { Double(numerator) / Double(denominator) }
}
