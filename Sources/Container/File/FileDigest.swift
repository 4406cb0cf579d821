import LibAV

/// Fingerprints of whole files.
public enum FileDigest {
    private static let part = 1 << 20

    /// The SHA-256 of the file at `path`, 64 lower-case hexadecimal digits. Blocks on the disk. What was read is not kept in the
    /// page cache.
    /// - Parameters:
    ///   - levels: as for ``RecordingFile/init(_:_:levels:)``.
    ///   - isCancelled: asked after each mebibyte.
    /// - Returns: `nil` where it was cancelled.
    public static func sha256(
        _ path: String, levels: Int = 0, isCancelled: () -> Bool = { false }
    ) throws(ContainerError) -> String? {
        let file = try RecordingFile(path, .read, levels: levels)
        let digest = try ContainerError.wrapping { () throws(AVError) in try SHA256() }
        var offset: Int64 = 0
        while true {
            if isCancelled() { return nil }
            let bytes = try file.read(part, at: offset)
            if bytes.isEmpty { return digest.finish() }
            digest.update(bytes)
            // One part late: of what was read just now the system can give back only some at once.
            file.forget(max(0, offset - Int64(part))..<offset)
            offset += Int64(bytes.count)
        }
    }
}
