/// Files in which a recording had only begun.
public enum EmptyRecording {
    /// Bytes that the description of a file's tracks has at most.
    private static let longestHeader: Int64 = 1 << 20

    /// Whether the file at `path` has no media, and never had: it is empty, or there is no more than a header, whole or torn. `false`
    /// where that cannot be told. Blocks on the disk.
    public static func isOne(_ path: String) -> Bool {
        guard let file = try? RecordingFile(path, .read), let size = try? file.size(), size <= longestHeader,
            let bytes = try? file.read(Int(size), at: 0)
        else { return false }
        // Whatever has media has a box that is called so.
        return ["moof", "mdat"].allSatisfy { bytes.firstRange(of: Array($0.utf8)) == nil }
    }
}
