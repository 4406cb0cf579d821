import Codec
import LibAV
import Media

/// Decodes one audio track of the source for all renditions.
///
/// Confined to one thread at a time.
final class SoundLane: @unchecked Sendable {
    // SAFETY: made on one thread, then only used on another that is started afterwards.
    let stream: InputStream
    private let decoder: FrameDecoder
    private var clock: SoundClock
    /// The forms in which it is wanted.
    let encodings: [SoundEncoding]
    private(set) var damagedPackets = 0
    private(set) var frames = 0

    init(
        _ file: SourceFile, _ stream: InputStream, start: Int64, encodings: [SoundEncoding], isBitExact: Bool
    ) throws {
        self.stream = stream
        self.encodings = encodings
        clock = SoundClock(file, stream, start: start)
        decoder = try file.decoder(stream, threads: 1, isBitExact: isBitExact)
    }

    /// Stretches whose time was missing or made no sense.
    var repairedTimes: Int { clock.repaired }

    /// Decodes one packet and encodes what comes out.
    func push(_ packet: borrowing OwnedPacket) throws {
        let isIntact = try decoder.decode(packet) { (frame) throws in try self.take(frame) }
        if !isIntact { damagedPackets += 1 }
    }

    /// Encodes what is still held back.
    func finish() throws {
        let isIntact = try decoder.finish { (frame) throws in try self.take(frame) }
        if !isIntact { damagedPackets += 1 }
        for encoding in encodings { try encoding.finish() }
    }

    private func take(_ frame: borrowing OwnedFrame) throws {
        guard frame.sampleCount > 0, frame.sampleRate > 0, frame.channels > 0 else { return }
        frames += 1
        let (time, gap) = clock.take(frame)
        for encoding in encodings { try encoding.push(frame, time: time, gap: gap) }
    }
}
