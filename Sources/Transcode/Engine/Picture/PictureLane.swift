import Codec
import Container
import LibAV
import Media

/// The pictures of one rendition: rate, size, encoder.
///
/// Confined to one thread.
final class PictureLane {
    private let settings: VideoSettings
    private let request: VideoEncoderChoice.Request
    private let shaper: PictureShaper
    private var converter: RateConverter?
    private var encoder: FrameEncoder?
    private let streamRange: HighDynamicRange
    private var dynamicRange = HighDynamicRange()
    private var durations: [Int64: Int64] = [:]
    private var nextKeyframe: Int64 = 0
    private let keyframeTicks: Int64?
    /// Time base of the packets.
    let timeBase: TimeBase
    /// Pictures that came.
    private(set) var taken = 0
    /// Pictures that were encoded.
    private(set) var encoded = 0

    init(
        _ settings: VideoSettings, source: TimeBase, frameRate: Double, hasGlobalHeader: Bool,
        isBitExact: Bool, threads: Int, highDynamicRange: HighDynamicRange
    ) throws(TranscodeError) {
        self.settings = settings
        streamRange = highDynamicRange
        let converter = settings.frameRate.map { RateConverter(source: source, rate: $0) }
        self.converter = converter
        let base = converter?.timeBase ?? source
        timeBase = base
        keyframeTicks = settings.keyframeSeconds.map {
            max(1, TimeBase.nanoseconds.rescale(Seconds.nanoseconds($0), to: base))
        }
        request = VideoEncoderChoice.Request(
            settings: settings, timeBase: base, frameRate: settings.frameRate?.value ?? frameRate,
            threads: threads,
            isBitExact: isBitExact, hasGlobalHeader: hasGlobalHeader)
        shaper = try PictureShaper(settings, isBitExact: isBitExact, threads: 0)
        // Refused here, before anything is written.
        _ = try VideoEncoderChoice.make(request)
    }

    /// Pictures that were repeated to reach the rate.
    var duplicated: Int { converter?.duplicated ?? 0 }
    /// Pictures that were left out to reach the rate.
    var dropped: Int { converter?.dropped ?? 0 }
    /// What was done to the pictures, for people.
    var notes: [String] { shaper.notes }

    /// What a muxer must know, once the first picture was encoded.
    func track(hevcTag: String?, tags: [String: String]) -> FileMuxer.Track? {
        encoder.map {
            FileMuxer.Track(
                parameters: $0.parameters, timeBase: timeBase, frameRate: request.frameRate,
                tag: settings.codec == .hevc ? hevcTag : nil, tags: tags, isDefault: true,
                highDynamicRange: dynamicRange)
        }
    }

    /// Takes one picture, and calls `body` with the packets that are finished.
    func push(_ picture: Picture, _ body: (borrowing OwnedPacket) throws -> Void) throws {
        taken += 1
        guard let ticks = converter?.ticksPerFrame else {
            return try encode(picture, at: picture.pts, duration: picture.duration, body)
        }
        try converter?.push(picture) { picture, time in
            try self.encode(picture, at: time, duration: ticks, body)
        }
    }

    /// Calls `body` with the packets that were still inside.
    func finish(_ body: (borrowing OwnedPacket) throws -> Void) throws {
        let ticks = converter?.ticksPerFrame ?? 1
        try converter?.finish { picture, time in
            try self.encode(picture, at: time, duration: ticks, body)
        }
        try encoder?.finish { packet in try self.hand(packet, body) }
    }

    private func encode(
        _ picture: Picture, at time: Int64, duration: Int64, _ body: (borrowing OwnedPacket) throws -> Void
    ) throws {
        let frame = try shaper.shape(picture.frame)
        frame.pts = time
        var isKeyframe = false
        if let keyframeTicks, time >= nextKeyframe {
            isKeyframe = true
            nextKeyframe = (time / keyframeTicks).saturatingAdd(1).saturatingMultiply(by: keyframeTicks)
        }
        // The source's own choice of picture types must not reach the encoder.
        frame.setForcesKeyframe(isKeyframe)
        let encoder = try encoder ?? open(frame)
        self.encoder = encoder
        durations[time] = duration
        encoded += 1
        try encoder.encode(frame) { packet in try self.hand(packet, body) }
    }

    private func open(_ frame: borrowing OwnedFrame) throws -> FrameEncoder {
        let color = shaper.color ?? frame.color
        // What comes with a picture is about it; the header may be about something that was cut off.
        dynamicRange =
            color.isHighDynamicRange ? frame.highDynamicRange.filled(from: streamRange) : HighDynamicRange()
        var request = request
        request.highDynamicRange = dynamicRange
        return try FrameEncoder(video: try VideoEncoderChoice.make(request), like: frame, color: color)
    }

    private func hand(_ packet: borrowing OwnedPacket, _ body: (borrowing OwnedPacket) throws -> Void) throws
    {
        if let pts = packet.pts, let duration = durations.removeValue(forKey: pts) {
            packet.duration = duration
        }
        try body(packet)
    }
}
