import Codec
import Container
import LibAV

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
        do {
            return try TranscodeRun(request, isCancelled: isCancelled).run(progress: progress)
        } catch { throw self.error(error) }
    }

    /// Any error of the modules below as one of ours.
    static func error(_ error: any Error) -> TranscodeError {
        switch error {
        case let error as TranscodeError: error
        case let error as CodecError:
            if case .refused = error {
                .settings(reason: error.description)
            } else {
                .library(reason: error.description)
            }
        case let error as ContainerError: .library(reason: error.description)
        case let error as AVError: .library(reason: error.description)
        default: .library(reason: "\(error)")
        }
    }
}
