import Glibc

/// Patterns of the shell: `*`, `?`, `[…]`.
enum GlobPattern {
    /// Whether it can match more than one path.
    static func isPattern(_ text: String) -> Bool { text.contains { "*?[".contains($0) } }

    /// Whether `text` as a whole matches; `*` matches `/` too.
    static func matches(_ pattern: String, _ text: String) -> Bool { fnmatch(pattern, text, 0) == 0 }

    /// The files that match, in the order of their bytes; `*` does not match `/`.
    static func files(_ pattern: String) -> [String] {
        var found = glob_t()
        defer { globfree(&found) }
        guard glob(pattern, GLOB_NOSORT, nil, &found) == 0 else { return [] }
        let paths = (0..<Int(found.gl_pathc)).compactMap { found.gl_pathv[$0].map { String(cString: $0) } }
        return paths.sorted { Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8)) }
    }
}
