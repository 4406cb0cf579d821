import Glibc

/// The C library's words for an `errno`.
public enum SystemError {
    /// Whether the code says that a path is wrong, rather than what it names.
    public static func isAboutPaths(_ code: Int32) -> Bool {
        [ENOENT, EACCES, EPERM, EISDIR, ENOTDIR, ELOOP, ENAMETOOLONG, ENXIO].contains(code)
    }

    /// For instance `No space left on device`. Any thread.
    public static func text(_ code: Int32) -> String {
        var buffer = [CChar](repeating: 0, count: 256)
        guard strerror_r(code, &buffer, buffer.count) == 0 else { return "error \(code)" }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
