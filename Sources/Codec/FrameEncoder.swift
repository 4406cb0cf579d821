public import LibAV
public import Media

/// Encodes raw frames for a file, by any encoder that is installed.
///
/// Confined to one thread.
public final class FrameEncoder {
    private let context: EncoderContext
    private let packet: OwnedPacket
    /// What a muxer must know of the result.
    public let parameters: CodecParameters
    /// Time base of all time stamps.
    public let timeBase: TimeBase
    /// Samples of one channel that every frame of sound but the last must have; 0 where any number will do.
    public var frameSize: Int { context.frameSize }
    /// FFmpeg's name of the layout in which sound must come.
    public var sampleFormatName: String { context.sampleFormatName }

    /// Opens an encoder for pictures like `frame`: in its size, layout and aspect ratio.
    /// - Throws: ``CodecError/refused(encoder:reason:)``.
    public init(
        video settings: VideoEncoderSettings, like frame: borrowing OwnedFrame, color: ColorDescription
    ) throws(CodecError) {
        timeBase = settings.timeBase
        do {
            context = try CPUFeatures.opening { () throws(AVError) in
                try EncoderContext(video: settings, like: frame, color: color)
            }
            parameters = try context.parameters()
            packet = try OwnedPacket()
        } catch { throw .refused(encoder: settings.encoder, reason: error.log.last ?? error.description) }
    }

    /// Opens an encoder for sound. Time stamps count samples.
    /// - Parameter isBitExact: portable code only, so that the result is the same on every machine.
    /// - Throws: ``CodecError/refused(encoder:reason:)``.
    public init(audio settings: AudioEncoderSettings, isBitExact: Bool) throws(CodecError) {
        timeBase = TimeBase(1, Int32(clamping: settings.sampleRate)) ?? .opus
        do {
            context = try CPUFeatures.opening(isPortable: isBitExact) { () throws(AVError) in
                try EncoderContext(audio: settings)
            }
            parameters = try context.parameters()
            packet = try OwnedPacket()
        } catch { throw .refused(encoder: settings.encoder, reason: error.log.last ?? error.description) }
    }

    /// Encodes one frame, which the caller keeps, and calls `body` with each packet that is finished. The packet is only
    /// lent: what shall last is referenced or taken.
    public func encode(
        _ frame: borrowing OwnedFrame, _ body: (borrowing OwnedPacket) throws -> Void
    ) throws {
        while true {
            let isTaken: Bool
            do { isTaken = try context.send(frame) } catch { throw CodecError.library(error) }
            try receive(body)
            if isTaken { return }
        }
    }

    /// Calls `body` with the packets that were still inside. No frame may follow.
    public func finish(_ body: (borrowing OwnedPacket) throws -> Void) throws {
        do { try context.sendEnd() } catch { throw CodecError.library(error) }
        try receive(body)
    }

    private func receive(_ body: (borrowing OwnedPacket) throws -> Void) throws {
        while true {
            let isThere: Bool
            do { isThere = try context.receive(into: packet) } catch { throw CodecError.library(error) }
            guard isThere else { return }
            try body(packet)
            packet.reset()
        }
    }
}
