public import LibAV
public import Media

/// A stretch of decoded sound and its time stamp.
public struct DecodedSound: Sendable {
    /// Interleaved floats, at the rate and number of channels that the decoder was asked for.
    public var samples: [Float]
    /// Presentation time of the first sample in the track's time base.
    public var pts: Int64
}

/// Decodes an audio track to floats of one rate.
///
/// Confined to one thread.
public final class AudioDecoder {
    private let context: DecoderContext
    private let frame: OwnedFrame
    private var resampler: ResamplerContext
    /// Time base of what it decodes and gives.
    public let timeBase: TimeBase
    /// Samples a second of one channel in the result.
    public let sampleRate: Int
    /// Channels in the result.
    public let channels: Int

    /// Opens a decoder for `description` whose result has `sampleRate` and `channels`.
    public convenience init(_ description: TrackDescription, sampleRate: Int, channels: Int)
        throws(CodecError)
    {
        let parameters: CodecParameters
        do {
            parameters = try CodecParameters(description, configuration: description.codecConfiguration)
        } catch { throw .library(error) }
        try self.init(
            parameters, timeBase: description.timeBase, sampleRate: sampleRate, channels: channels)
    }

    /// Opens a decoder for a stream of a file, of any format that is installed.
    public init(
        _ parameters: CodecParameters, timeBase: TimeBase, sampleRate: Int, channels: Int
    ) throws(CodecError) {
        self.timeBase = timeBase
        self.sampleRate = sampleRate
        self.channels = channels
        resampler = ResamplerContext(sampleRate: sampleRate, channels: channels)
        do {
            context = try DecoderContext(parameters, timeBase: timeBase)
            frame = try OwnedFrame()
        } catch { throw .library(error) }
    }

    /// Decodes one packet.
    /// - Throws: ``CodecError/damaged(_:)`` where the packet was not decodable; the next call goes on.
    public func decode(_ packet: Packet) throws(CodecError) -> [DecodedSound] {
        do {
            return try decode(try OwnedPacket(copying: packet))
        } catch { throw error.isInvalidData ? .damaged(error) : .library(error) }
    }

    /// The sound that was still inside. No packet may follow.
    public func finish() throws(CodecError) -> [DecodedSound] {
        try CodecError.wrapping { () throws(AVError) in
            var sounds: [DecodedSound] = []
            do throws(AVError) {
                try context.sendEnd()
                try receive(into: &sounds)
            } catch { if !error.isInvalidData { throw error } }
            return sounds
        }
    }

    private func decode(_ packet: borrowing OwnedPacket) throws(AVError) -> [DecodedSound] {
        var sounds: [DecodedSound] = []
        while try !context.send(packet) { try receive(into: &sounds) }
        try receive(into: &sounds)
        return sounds
    }

    private func receive(into sounds: inout [DecodedSound]) throws(AVError) {
        while try context.receive(into: frame) {
            let heldBack = TimeBase.nanoseconds.rescale(resampler.delayInNanoseconds, to: timeBase)
            let pts = (frame.pts ?? 0).saturatingSubtract(heldBack)
            let samples = try resampler.convert(frame)
            if !samples.isEmpty { sounds.append(DecodedSound(samples: samples, pts: pts)) }
            frame.reset()
        }
    }
}
