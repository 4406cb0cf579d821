import LibAV
public import Media

/// Encodes live sound to Opus by libopus: 48 kHz, packets of 20 ms.
///
/// Confined to one thread.
public final class AudioEncoder {
    /// Time base of all time stamps: one sample.
    public static let timeBase = TimeBase.opus
    /// Samples a second of one channel.
    public static let sampleRate = 48_000

    private static let tolerance: Int64 = 960
    private static let longestFill: Int64 = 480_000

    private let context: EncoderContext
    private let packet: OwnedPacket
    private let channels: Int
    private var pending: [Float] = []
    private var nextPTS: Int64?
    /// What decoders need: the `OpusHead`.
    public let configuration: [UInt8]

    /// Opens the encoder.
    /// - Parameters:
    ///   - channels: 1 or 2.
    ///   - bitRate: bits a second.
    public init(channels: Int, bitRate: Int) throws(CodecError) {
        self.channels = channels
        do {
            context = try EncoderContext(
                audio: AudioEncoderSettings(
                    encoder: "libopus", sampleRate: Self.sampleRate, channels: channels, bitRate: bitRate,
                    options: ["application": "voip", "frame_duration": "20"]))
            packet = try OwnedPacket()
            configuration = try context.parameters().extradata
        } catch { throw .refused(encoder: "libopus", reason: error.log.last ?? error.reason) }
    }

    /// Encodes sound.
    ///
    /// Samples are counted: where `pts` differs from the count by more than 20 ms, the hole is filled with silence or
    /// the overlap left out, so that sound and time stamps stay together. Beyond 10 s the time stamps jump.
    /// - Parameters:
    ///   - samples: interleaved, 48 kHz, any number.
    ///   - pts: of the first sample, in samples.
    /// - Returns: the packets that are finished; their time stamps allow for the encoder's delay.
    public func encode(_ samples: [Float], pts: Int64) throws(CodecError) -> [Packet] {
        var packets: [Packet] = []
        var next = try align(pts, &packets)
        let overlap = max(0, end(next).saturatingSubtract(pts))
        pending += samples.dropFirst(
            overlap > Self.tolerance ? min(Int(clamping: overlap), samples.count) * channels : 0)
        let frameSize = context.frameSize * channels
        var used = 0
        while frameSize > 0, pending.count - used >= frameSize {
            try send(Array(pending[used..<(used + frameSize)]), pts: next, into: &packets)
            next = next.saturatingAdd(Int64(frameSize / channels))
            used += frameSize
        }
        pending.removeFirst(used)
        nextPTS = next
        return packets
    }

    /// Fills a hole before `pts`. Returns the time stamp of the first sample that is pending.
    private func align(_ pts: Int64, _ packets: inout [Packet]) throws(CodecError) -> Int64 {
        guard let next = nextPTS else { return pts }
        let hole = pts.saturatingSubtract(end(next))
        if hole > Self.longestFill {
            let frame = context.frameSize * channels
            if !pending.isEmpty {
                try send(
                    pending + [Float](repeating: 0, count: frame - pending.count), pts: next, into: &packets)
                pending = []
            }
            return pts
        }
        if hole > Self.tolerance { pending += [Float](repeating: 0, count: Int(hole) * channels) }
        return next
    }

    /// Where the samples end that are pending, if the first of them is at `next`.
    private func end(_ next: Int64) -> Int64 { next.saturatingAdd(Int64(pending.count / channels)) }

    /// The packets that were still inside; the last samples are filled up with silence. No sound may follow.
    public func finish() throws(CodecError) -> [Packet] {
        var packets: [Packet] = []
        if !pending.isEmpty, let next = nextPTS {
            let missing = context.frameSize * channels - pending.count
            try send(pending + [Float](repeating: 0, count: max(0, missing)), pts: next, into: &packets)
            pending = []
        }
        return try CodecError.wrapping { () throws(AVError) in
            try context.sendEnd()
            try receive(into: &packets)
            return packets
        }
    }

    private func send(_ samples: [Float], pts: Int64, into packets: inout [Packet]) throws(CodecError) {
        let sound = AudioFrame(
            sampleRate: Self.sampleRate, channels: channels, time: MonotonicTime(nanoseconds: 0),
            samples: samples)
        do {
            let frame = try OwnedFrame(copying: sound, pts: pts)
            while try !context.send(frame) { try receive(into: &packets) }
            try receive(into: &packets)
        } catch { throw .library(error) }
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
