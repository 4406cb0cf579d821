/// Makes renditions of a media file.
public enum Transcoder {
    /// Decodes the source once and makes all renditions of it. Blocks until they are whole.
    ///
    /// The outputs appear under their names only then: until that they are written as `.NAME.part` beside them, synced and
    /// renamed. Where it fails or is cancelled, nothing is left; what a killed run left, the next one removes.
    ///
    /// - Parameters:
    ///   - isCancelled: asked often, on any thread.
    ///   - progress: called some times a second, on this thread.
    /// - Throws: the first failure; then no output has changed.
    public static func run(
        _ request: TranscodeRequest, isCancelled: @escaping @Sendable () -> Bool = { false },
        progress: (TranscodeProgress) -> Void = { _ in }
    ) throws(TranscodeError) -> TranscodeResult {
        throw .library(reason: "the engine is not there yet")
    }
}
