import Container

/// A file that the thread that writes and the thread that syncs have in common. It is closed when both let go.
final class SharedFile: Sendable {
    let file: RecordingFile

    init(_ file: consuming RecordingFile) { self.file = file }
}
