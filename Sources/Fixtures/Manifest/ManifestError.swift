import Container

/// Why a manifest cannot be used. All of it is for who wrote the manifest.
public enum ManifestError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The file cannot be read.
    case unreadable(file: String, errno: Int32)
    /// It is not JSON.
    case syntax(file: String, reason: String)
    /// There is no such key; `key` is its whole path, for instance `renditions.web.video.crf2`.
    case unknownKey(file: String, key: String, known: [String])
    /// A value is of the wrong kind or out of range.
    case invalid(file: String, key: String, value: String, allowed: String)
    /// An object has a key twice.
    case repeatedKey(file: String, key: String)
    /// A key that must be there is not.
    case missing(file: String, key: String, allowed: String)

    /// What is wrong, where, and what is allowed there.
    public var description: String {
        switch self {
        case .unreadable(let file, let code):
            "The manifest \(file) cannot be read: \(SystemError.text(code)). Check --manifest."
        case .syntax(let file, let reason): "The manifest \(file) is not JSON: \(reason). Correct it."
        case .unknownKey(let file, let key, let known):
            "\(key) in \(file) is not known. Known there are: \(known.joined(separator: ", "))."
        case .invalid(let file, let key, let value, let allowed):
            "\(key) in \(file) is \(value), but must be \(allowed)."
        case .repeatedKey(let file, let key):
            "\(key) stands in \(file) twice. Leave one out."
        case .missing(let file, let key, let allowed):
            "\(key) is missing in \(file): write \(allowed)."
        }
    }
}
