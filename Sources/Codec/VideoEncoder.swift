import LibAV
public import Media
import Synchronization

/// How live video is encoded.
public struct VideoEncoding: Sendable, Hashable {
    /// Width in pixels, even.
    public var width: Int
    /// Height in pixels, even.
    public var height: Int
    /// Pictures a second, for the rate control.
    public var frameRate: Double
    /// Bits a second.
    public var bitRate: Int
    /// Seconds from one keyframe to the next.
    public var keyframeInterval: Double
    /// x264's preset, `ultrafast` to `placebo`.
    public var preset: String

    /// Settings from their parts.
    public init(
        width: Int, height: Int, frameRate: Double, bitRate: Int, keyframeInterval: Double, preset: String
    ) {
        self.width = width
        self.height = height
        self.frameRate = frameRate
        self.bitRate = bitRate
        self.keyframeInterval = keyframeInterval
        self.preset = preset
    }
}

/// Encodes live pictures to H.264 by libx264: one packet out for each picture in, no B-frames, parameter sets in band
/// at every keyframe, Annex B.
///
/// Confined to one thread, but for ``requestKeyframe()``.
public final class VideoEncoder {
    /// Time base of all time stamps.
    public static let timeBase = TimeBase.video
    private static let encoderName = "libx264"

    private let context: EncoderContext
    private let packet: OwnedPacket
    private let keyframeRequest: KeyframeRequest
    private var lastPTS = Int64.min
    private let frameDuration: Int64

    /// Asks an encoder for a keyframe, from any thread.
    public final class KeyframeRequest: Sendable {
        private let isWanted = Atomic<Bool>(false)
        init() {}
        /// Makes the next picture a keyframe.
        public func set() { isWanted.store(true, ordering: .relaxed) }
        func take() -> Bool { isWanted.exchange(false, ordering: .relaxed) }
    }

    /// Opens the encoder for pictures of `pixelFormat` and `range`.
    /// - Throws: ``CodecError/refused(encoder:reason:)`` with libx264's reason.
    public init(_ settings: VideoEncoding, pixelFormat: PixelFormat = .yuv420p, range: ColorRange = .limited)
        throws(CodecError)
    {
        let interval = max(1, Int((settings.frameRate * settings.keyframeInterval).rounded()))
        let bitRate = settings.bitRate
        do {
            context = try EncoderContext(
                video: VideoEncoderSettings(
                    encoder: Self.encoderName, width: settings.width, height: settings.height,
                    pixelFormat: pixelFormat, range: range, timeBase: Self.timeBase,
                    frameRate: settings.frameRate,
                    bitRate: bitRate, keyframeInterval: interval, threads: 0,
                    options: [
                        "preset": settings.preset, "tune": "zerolatency", "forced-idr": "1",
                        "sc_threshold": "0",
                        "maxrate": "\(bitRate)", "bufsize": "\(bitRate)", "bf": "0",
                    ]))
            packet = try OwnedPacket()
        } catch {
            let reason = error.log.isEmpty ? error.reason : error.log.joined(separator: "; ")
            throw .refused(encoder: Self.encoderName, reason: reason)
        }
        keyframeRequest = KeyframeRequest()
        frameDuration = Int64((90_000 / max(settings.frameRate, 0.1)).rounded())
    }

    /// Where keyframes are asked for; may be kept and used on any thread.
    public var keyframes: KeyframeRequest { keyframeRequest }

    /// Encodes one picture. Its size and layout are those that the encoder was opened with.
    ///
    /// - Parameter pts: in ``timeBase``. One that is not later than the last is moved behind it.
    /// - Returns: the packets that are finished, nearly always exactly one.
    public func encode(_ frame: VideoFrame, pts: Int64) throws(CodecError) -> [Packet] {
        let time = max(pts, lastPTS == .min ? pts : lastPTS + 1)
        lastPTS = time
        return try CodecError.wrapping { () throws(AVError) in
            let picture = try OwnedFrame(sharing: frame, pts: time)
            picture.setForcesKeyframe(keyframeRequest.take())
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
            let isDroppable = packet.withUnsafeBytes { AccessUnit(annexB: $0).isDroppable }
            var flags: Packet.Flags = packet.isKeyframe ? .keyframe : []
            if isDroppable { flags.insert(.droppable) }
            let pts = packet.pts ?? lastPTS
            packets.append(
                Packet(
                    pts: pts, dts: packet.dts ?? pts, duration: frameDuration, flags: flags,
                    payload: try packet.sharedPayload()))
            packet.reset()
        }
    }
}
