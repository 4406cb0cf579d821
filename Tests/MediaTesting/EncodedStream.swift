import Capture
import Codec
import Measure
public import Media

/// A track that was really encoded, in memory: what a publisher would send.
public struct EncodedStream: Sendable {
    /// What the track carries.
    public var description: TrackDescription
    /// All its packets, in decoding order.
    public var packets: [Packet]
    /// The pictures before encoding, one for each packet; empty for sound.
    public var pictures: [VideoFrame] = []

    /// A stream from its parts.
    public init(description: TrackDescription, packets: [Packet]) {
        self.description = description
        self.packets = packets
    }

    /// A clock that stands 300 ms before a second of the test pattern's time code begins: flash and beep come soon.
    public static let standingClock: MediaClock = {
        let wall: Int64 = 1_700_000_000_000_000_000
        let into = Int64(PatternAnchor.timeCode(wallNanoseconds: wall) % 1000)
        return ManualClock(wall: wall + (1700 - into) * 1_000_000).clock
    }()

    /// The test pattern by libx264, time stamps from the instant of ``standingClock``.
    ///
    /// - Parameters:
    ///   - count: pictures.
    ///   - keyframeInterval: seconds.
    ///   - preset: `ultrafast` makes Constrained Baseline, the others High profile.
    public static func pattern(
        width: Int = 320, height: Int = 180, rate: Double = 30, count: Int = 60, keyframeInterval: Double = 1,
        bitRate: Int = 500_000, preset: String = "ultrafast", source: String = "camera"
    ) throws -> EncodedStream {
        let anchor = PatternAnchor(clock: standingClock)
        let pattern = try TestPattern(
            width: width, height: height, frameRate: rate, anchor: anchor, pacer: .immediate)
        let encoder = try VideoEncoder(
            VideoEncoding(
                width: width, height: height, frameRate: rate, bitRate: bitRate,
                keyframeInterval: keyframeInterval, preset: preset))
        let stop = StopSignal()
        var stream = EncodedStream(
            description: TrackDescription(
                codec: .h264, timeBase: VideoEncoder.timeBase,
                format: .video(.init(width: width, height: height, frameRate: rate)), source: source),
            packets: [])
        for _ in 0..<count {
            guard case .frame(let frame)? = pattern.next(stop) else { break }
            let pts = TimeBase.nanoseconds.rescale(
                frame.time - standingClock.now(), to: VideoEncoder.timeBase)
            stream.packets += try encoder.encode(frame, pts: pts)
            stream.pictures.append(frame)
        }
        stream.packets += try encoder.finish()
        return stream
    }

    /// The tone that goes with ``pattern(width:height:rate:count:keyframeInterval:bitRate:preset:source:)``, in Opus.
    ///
    /// The first time stamp is a little below 0: the encoder's delay.
    public static func tone(
        milliseconds: Int = 2000, channels: Int = 1, bitRate: Int = 48_000, source: String = "camera"
    ) throws -> EncodedStream {
        let tone = ToneSource(
            channels: channels, anchor: PatternAnchor(clock: standingClock), pacer: .immediate)
        let encoder = try AudioEncoder(channels: channels, bitRate: bitRate)
        let stop = StopSignal()
        var stream = EncodedStream(
            description: TrackDescription(
                codec: .opus, timeBase: AudioEncoder.timeBase,
                format: .audio(.init(sampleRate: AudioEncoder.sampleRate, channels: channels)),
                source: source,
                codecConfiguration: encoder.configuration),
            packets: [])
        for _ in 0..<(milliseconds / 20) {
            guard let frame = tone.next(stop) else { break }
            let pts = TimeBase.nanoseconds.rescale(
                frame.time - standingClock.now(), to: AudioEncoder.timeBase)
            stream.packets += try encoder.encode(frame.samples, pts: pts)
        }
        stream.packets += try encoder.finish()
        return stream
    }

    /// Sound at 48 kHz, one channel, in Opus, time stamps from 0.
    public static func sound(_ samples: [Float], bitRate: Int = 64_000) throws -> EncodedStream {
        let encoder = try AudioEncoder(channels: 1, bitRate: bitRate)
        var stream = EncodedStream(
            description: TrackDescription(
                codec: .opus, timeBase: AudioEncoder.timeBase,
                format: .audio(.init(sampleRate: AudioEncoder.sampleRate, channels: 1)), source: "camera",
                codecConfiguration: encoder.configuration),
            packets: [])
        let length = AudioEncoder.sampleRate / 50
        for start in stride(from: 0, to: samples.count - length + 1, by: length) {
            stream.packets += try encoder.encode(Array(samples[start..<start + length]), pts: Int64(start))
        }
        stream.packets += try encoder.finish()
        return stream
    }

    /// The same stream, all time stamps later by `nanoseconds`.
    public func shifted(byNanoseconds nanoseconds: Int64) -> EncodedStream {
        let ticks = TimeBase.nanoseconds.rescale(nanoseconds, to: description.timeBase)
        var result = self
        for index in result.packets.indices {
            result.packets[index].pts += ticks
            result.packets[index].dts += ticks
        }
        return result
    }

    /// Nanoseconds of a packet's decoding time.
    public func nanoseconds(_ packet: Packet) -> Int64 {
        description.timeBase.rescale(packet.dts, to: .nanoseconds)
    }

    /// The parameter sets of the first packet that carries them.
    public var configuration: AVCConfiguration? {
        guard description.codec == .h264 else { return nil }
        return packets.lazy.compactMap { $0.payload.withUnsafeBytes { AccessUnit(annexB: $0).configuration } }
            .first
    }
}
