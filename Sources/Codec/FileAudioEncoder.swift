public import LibAV
public import Media

/// Encodes sound for a file to AAC, the format that every player has: 48 kHz, frames of ``frameSize`` samples.
///
/// Confined to one thread.
public final class FileAudioEncoder {
    private static let name = "aac"
    /// Samples a second of one channel, and the time base of all time stamps.
    public static let sampleRate = 48_000
    /// Time base of all time stamps: one sample.
    public static let timeBase = TimeBase.opus

    private let context: EncoderContext
    private let packet: OwnedPacket
    private let channels: Int
    /// What a muxer must know of the result.
    public let parameters: CodecParameters
    /// Samples of one channel that every call of ``encode(_:pts:)`` must bring.
    public let frameSize: Int

    /// Opens the encoder.
    /// - Throws: ``CodecError/refused(encoder:reason:)``.
    public init(channels: Int, bitRate: Int) throws(CodecError) {
        self.channels = channels
        do {
            context = try EncoderContext(
                audio: AudioEncoderSettings(
                    encoder: Self.name, sampleRate: Self.sampleRate, channels: channels, bitRate: bitRate,
                    options: ["flags": "+global_header"]))
            packet = try OwnedPacket()
            parameters = try context.parameters()
            frameSize = context.frameSize > 0 ? context.frameSize : 1024
        } catch { throw .refused(encoder: Self.name, reason: error.log.last ?? error.reason) }
    }

    /// Encodes ``frameSize`` samples, interleaved.
    /// - Parameter pts: of the first sample, in samples.
    /// - Returns: the packets that are finished. The first has a time stamp below 0: the encoder's delay.
    public func encode(_ samples: [Float], pts: Int64) throws(CodecError) -> [Packet] {
        let sound = AudioFrame(
            sampleRate: Self.sampleRate, channels: channels, time: MonotonicTime(nanoseconds: 0),
            samples: samples)
        return try CodecError.wrapping { () throws(AVError) in
            let frame =
                context.takesPlanarSound
                ? try OwnedFrame(copyingPlanar: sound, pts: pts) : try OwnedFrame(copying: sound, pts: pts)
            var packets: [Packet] = []
            while try !context.send(frame) { try receive(into: &packets) }
            try receive(into: &packets)
            return packets
        }
    }

    /// The packets that were still inside. No sound may follow.
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
                    pts: pts, dts: pts, duration: packet.duration, flags: .keyframe,
                    payload: try packet.sharedPayload()))
            packet.reset()
        }
    }
}
