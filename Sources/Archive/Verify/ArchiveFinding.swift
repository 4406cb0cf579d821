/// One thing that a check of the archive found.
public struct ArchiveFinding: Sendable, Hashable, CustomStringConvertible {
    /// How bad it is.
    public enum Severity: Sendable, Hashable {
        /// Something is missing, damaged or contradictory.
        case problem
        /// Everything is as it should be, but for what is still to be done.
        case note
    }

    /// The file or folder.
    public var path: String
    /// What is the matter with it.
    public var text: String
    /// How bad it is.
    public var severity: Severity

    /// A problem of the file or folder `path`.
    public init(_ path: String, _ text: String, severity: Severity = .problem) {
        self.path = path
        self.text = text
        self.severity = severity
    }

    /// One line.
    public var description: String { "\(path): \(text)" }
}
