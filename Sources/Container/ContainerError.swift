public import LibAV

/// Why a media file could not be read or written.
public enum ContainerError: Error, Sendable, CustomStringConvertible {
    /// libavformat refused; the error says what.
    case library(AVError)
    /// The operating system refused an operation on a file.
    case file(path: String, operation: String, errno: Int32)
    /// The file is not what it should be.
    case damaged(path: String, reason: String)
    /// A sample, or a fragment of them, cannot be written.
    case sample(reason: String)

    /// What failed, the file, and the reason, for people.
    public var description: String {
        switch self {
        case .library(let error): "The media library failed: \(error)"
        case .file(let path, let operation, let code):
            "\(operation) of \(path) failed: \(SystemError.text(code))"
        case .damaged(let path, let reason): "\(path) is damaged: \(reason)"
        case .sample(let reason): "A sample cannot be written: \(reason)"
        }
    }

    static func wrapping<Result: ~Copyable>(
        _ body: () throws(AVError) -> Result
    ) throws(ContainerError) -> Result {
        do { return try body() } catch { throw .library(error) }
    }
}
