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
    /// Only of the streams that a transcode would use: the video stream that players choose, and all audio streams. Sounds
    /// have the frames that the decoder gives, pictures are as stored: not turned, not deinterlaced.
    /// - Throws: where it cannot be read, or ``TranscodeError/cancelled``.
    public static func forEach(
        _ path: String, isCancelled: @escaping @Sendable () -> Bool = { false }, _ body: (FrameHash) -> Void
    ) throws(TranscodeError) {
        try FrameReader.forEach(path, isCancelled: isCancelled) { frame, stream in
            if let hash = try make(frame, stream) { body(hash) }
        }
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
