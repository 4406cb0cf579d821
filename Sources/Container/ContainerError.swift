import Glibc
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

    /// Why, without the name of the file.
    public var reason: String {
        switch self {
        case .file(_, "open", ELOOP), .file(_, "open", EXDEV): "it is a link, or leads out of its folder"
        case .file(_, let operation, let code):
            operation == "open" ? SystemError.text(code) : "\(operation): \(SystemError.text(code))"
        case .damaged(_, let reason): reason
        case .library, .sample: description
        }
    }

    /// The same for a file that was opened by another name than its own.
    func renamed(_ path: String) -> ContainerError {
        guard case .library(let error) = self else { return self }
        let operation = error.operation.split(separator: " ").first.map(String.init) ?? "open"
        return .library(AVError(operation: "\(operation) \(path)", code: error.code, log: error.log))
    }

    static func wrapping<Result: ~Copyable>(
        _ body: () throws(AVError) -> Result
    ) throws(ContainerError) -> Result {
        do { return try body() } catch { throw .library(error) }
    }
}
