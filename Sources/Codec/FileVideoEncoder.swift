public import LibAV
public import Media

/// How video of a file is encoded, where quality counts more than delay.
public struct FileVideoEncoding: Sendable, Hashable {
    /// What the encoder aims at.
    public enum Rate: Sendable, Hashable {
        /// x264's constant rate factor, 0 (lossless) to 51; 23 is usual.
        case quality(Double)
        /// Bits a second.
        case bitRate(Int)
    }

    /// Width in pixels, even.
    public var width: Int
    /// Height in pixels, even.
    public var height: Int
    /// Meaning of the luma values.
    public var range: ColorRange
    /// Pictures a second.
    public var frameRate: Double
    /// Time base of all time stamps.
    public var timeBase: TimeBase
    /// What the encoder aims at.
    public var rate: Rate
    /// Greatest number of pictures from one keyframe to the next.
    public var keyframeInterval: Int
    /// x264's preset, `ultrafast` to `placebo`.
    public var preset: String
    /// x264's profile (`baseline`, `main`, `high`), or `nil` for its choice.
    public var profile: String?
    /// Whether pictures may refer to later ones.
    public var usesBFrames: Bool
    /// Whether parameter sets come in band at each keyframe instead of in the parameters.
    public var hasParameterSetsInBand: Bool

    /// Settings from their parts.
    public init(
        width: Int, height: Int, range: ColorRange = .limited, frameRate: Double, timeBase: TimeBase,
        rate: Rate,
        keyframeInterval: Int, preset: String, profile: String? = nil, usesBFrames: Bool = true,
        hasParameterSetsInBand: Bool = false
    ) {
        self.width = width
        self.height = height
        self.range = range
        self.frameRate = frameRate
        self.timeBase = timeBase
        self.rate = rate
        self.keyframeInterval = keyframeInterval
        self.preset = preset
        self.profile = profile
        self.usesBFrames = usesBFrames
        self.hasParameterSetsInBand = hasParameterSetsInBand
    }
}

/// Encodes pictures in `yuv420p` for a file by libx264, on as many threads as there are cores.
///
/// Confined to one thread.
public final class FileVideoEncoder {
    private static let name = "libx264"
    private let context: EncoderContext
    private let packet: OwnedPacket
    /// What a muxer must know of the result.
    public let parameters: CodecParameters

    /// Opens the encoder.
    /// - Throws: ``CodecError/refused(encoder:reason:)`` with libx264's reason.
    public init(_ settings: FileVideoEncoding) throws(CodecError) {
        var options = ["preset": settings.preset, "forced-idr": "1"]
        var bitRate: Int?
        switch settings.rate {
        case .quality(let factor): options["crf"] = "\(factor)"
        case .bitRate(let rate): bitRate = rate
        }
        if let profile = settings.profile { options["profile"] = profile }
        if !settings.usesBFrames { options["bf"] = "0" }
        if !settings.hasParameterSetsInBand { options["flags"] = "+global_header" }
        do {
            context = try EncoderContext(
                video: VideoEncoderSettings(
                    encoder: Self.name, width: settings.width, height: settings.height, pixelFormat: .yuv420p,
                    range: settings.range, timeBase: settings.timeBase, frameRate: settings.frameRate,
                    bitRate: bitRate, keyframeInterval: settings.keyframeInterval, threads: 0,
                    options: options))
            packet = try OwnedPacket()
            parameters = try context.parameters()
        } catch { throw .refused(encoder: Self.name, reason: error.log.last ?? error.reason) }
    }

    /// Encodes one picture.
    /// - Parameter pts: later than the last.
    /// - Returns: the packets that are finished; none for the first pictures.
    public func encode(_ frame: VideoFrame, pts: Int64) throws(CodecError) -> [Packet] {
        try CodecError.wrapping { () throws(AVError) in
            let picture = try OwnedFrame(sharing: frame, pts: pts)
            var packets: [Packet] = []
            while try !context.send(picture) { try receive(into: &packets) }
            try receive(into: &packets)
            return packets
        }
    }

    /// The packets that were still inside. No picture may follow.
    public func finish() throws(CodecError) -> [Packet] {
        try CodecError.wrapping { () throws(AVError) in
            var packets: [Packet] = []
            try context.sendEnd()
            try receive(into: &packets)
            return packets
        }
    }

    private func receive(into packets: inout [Packet]) throws(AVError) {
        while try context.receive(into: packet) {
            let pts = packet.pts ?? 0
            packets.append(
                Packet(
                    pts: pts, dts: packet.dts ?? pts, duration: packet.duration,
                    flags: packet.isKeyframe ? .keyframe : [], payload: try packet.sharedPayload()))
            packet.reset()
        }
    }
}
