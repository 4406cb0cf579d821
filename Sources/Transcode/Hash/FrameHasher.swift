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
    public static func forEach(
        _ path: String, isCancelled: @escaping @Sendable () -> Bool = { false }, _ body: (FrameHash) -> Void
    ) throws(TranscodeError) {
        throw .library(reason: "the hasher is not there yet")
    }
}
