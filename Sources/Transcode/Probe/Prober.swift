/// Looks into media files.
public enum Prober {
    /// What is in the file at `path`. Reads its beginning only. Blocks.
    /// - Throws: where there is no such file, or it is no media file.
    public static func probe(_ path: String) throws(TranscodeError) -> MediaReport {
        throw .library(reason: "the prober is not there yet")
    }
}
