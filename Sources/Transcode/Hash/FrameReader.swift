import Codec
import LibAV
import Media

/// Decodes all of a file bit-exactly.
enum FrameReader {
    /// Calls `body` with each picture and sound, in the order of decoding.
    ///
    /// Only of the streams that a transcode would use: the video stream that players choose, and all audio streams. Sounds
    /// have the frames that the decoder gives, pictures are as stored: not turned, not deinterlaced.
    /// - Parameters:
    ///   - kinds: of the streams that are decoded.
    ///   - isCancelled: asked after each packet.
    /// - Throws: where it cannot be read, or ``TranscodeError/cancelled``.
    static func forEach(
        _ path: String, _ kinds: Set<MediaKind> = [.video, .audio],
        isCancelled: @escaping @Sendable () -> Bool,
        _ body: (borrowing OwnedFrame, InputStream) throws -> Void
    ) throws(TranscodeError) {
        do {
            let file = try SourceFile(path, isInterrupted: isCancelled)
            let streams = ([file.video].compactMap { $0 } + file.sounds).filter { stream in
                stream.parameters.kind.map(kinds.contains) ?? false
            }
            // One thread: with more, what is concealed in damaged pictures depends on chance.
            let decoders = try streams.map { try file.decoder($0, threads: 1, isBitExact: true) }
            let packet = try OwnedPacket()
            while file.read(into: packet) {
                if isCancelled() { throw TranscodeError.cancelled }
                guard let index = streams.firstIndex(where: { $0.index == packet.streamIndex }) else {
                    continue
                }
                _ = try decoders[index].decode(packet) { (frame) throws in try body(frame, streams[index]) }
            }
            for (index, decoder) in decoders.enumerated() {
                _ = try decoder.finish { (frame) throws in try body(frame, streams[index]) }
            }
        } catch { throw Transcoder.error(error) }
    }
}
