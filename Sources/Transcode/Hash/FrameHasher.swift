import Codec
import LibAV
import Media

/// Decodes files bit-exactly, and takes the fingerprint of every frame.
public enum FrameHasher {
    /// The hashes of all pictures and sounds of a file, in the order of decoding.
    /// - Parameter isCancelled: asked after each packet.
    /// - Throws: where it cannot be read, or ``TranscodeError/cancelled``.
    public static func hash(
        _ path: String, isCancelled: @escaping @Sendable () -> Bool = { false }
    ) throws(TranscodeError) -> [FrameHash] {
        var hashes: [FrameHash] = []
        try forEach(path, isCancelled: isCancelled) { hashes.append($0) }
        return hashes
    }

    /// Calls `body` with the hash of each picture and sound of a file, in the order of decoding.
    ///
    /// Only the streams that a transcode would use: the video stream that players choose, and all audio streams. Sounds
    /// have the frames that the decoder gives, pictures are as stored: not turned, not deinterlaced.
    /// - Throws: where it cannot be read, or ``TranscodeError/cancelled``.
    public static func forEach(
        _ path: String, isCancelled: @escaping @Sendable () -> Bool = { false }, _ body: (FrameHash) -> Void
    ) throws(TranscodeError) {
        do {
            let file = try SourceFile(path, isInterrupted: isCancelled)
            let streams = [file.video].compactMap { $0 } + file.sounds
            // One thread: with more, what is concealed in damaged pictures depends on chance.
            let decoders = try streams.map { try file.decoder($0, threads: 1, isBitExact: true) }
            let packet = try OwnedPacket()
            while file.read(into: packet) {
                if isCancelled() { throw TranscodeError.cancelled }
                guard let index = streams.firstIndex(where: { $0.index == packet.streamIndex }) else {
                    continue
                }
                _ = try decoders[index].decode(packet) { (frame) throws in
                    if let hash = try make(frame, streams[index]) { body(hash) }
                }
            }
            for (index, decoder) in decoders.enumerated() {
                _ = try decoder.finish { (frame) throws in
                    if let hash = try make(frame, streams[index]) { body(hash) }
                }
            }
        } catch { throw Transcoder.error(error) }
    }

    private static func make(_ frame: borrowing OwnedFrame, _ stream: InputStream) throws -> FrameHash? {
        let isPicture = stream.parameters.kind == .video
        let digest: String?
        let format: String
        if isPicture {
            digest = try FrameDigest.picture(frame)
            format = "\(frame.width)x\(frame.height) \(frame.pixelFormatName)"
        } else {
            digest = FrameDigest.sound(frame)
            format = "\(frame.sampleCount) \(frame.sampleRate) \(frame.channelLayoutName)"
        }
        guard let digest else { return nil }
        return FrameHash(
            stream: stream.index, kind: isPicture ? .video : .audio, pts: frame.pts,
            timeBaseNumerator: stream.timeBase.numerator, timeBaseDenominator: stream.timeBase.denominator,
            hash: digest, format: format, lumaGrid: isPicture ? frame.lumaGrid() : nil)
    }
}
