public import Media

/// Why a batch could not run at all, or one of its results could not be kept.
public enum BatchError: Error, Sendable, Hashable, CustomStringConvertible {
    /// A file or folder cannot be made.
    case folder(path: String, reason: String)
    /// The program itself cannot be read, so that its results cannot be told from another's.
    case program(reason: String)
    /// The system has no thread for it.
    case thread(ThreadError)

    /// What failed, and what to do.
    public var description: String {
        switch self {
        case .folder(let path, let reason):
            "\(path) cannot be written: \(reason). Make room, or name another folder."
        case .program(let reason):
            "The program's own file cannot be read: \(reason). Run it without --cache."
        case .thread(let error): error.description
        }
    }
}
