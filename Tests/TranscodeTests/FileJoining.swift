import FoundationEssentials

/// Files of tests that no program makes.
enum FileJoining {
    /// Writes the contents of `parts` behind each other.
    static func join(_ parts: [String], into path: String) throws {
        var all = Data()
        for part in parts { all += try Data(contentsOf: URL(filePath: part)) }
        try all.write(to: URL(filePath: path))
    }

    /// Writes the first `count` bytes of a file.
    static func cut(_ path: String, to count: Int, into target: String) throws {
        try Data(contentsOf: URL(filePath: path)).prefix(count).write(to: URL(filePath: target))
    }

    /// Writes a text.
    static func write(_ text: String, to path: String) throws {
        try Data(text.utf8).write(to: URL(filePath: path))
    }

    /// Names in a folder.
    static func names(in folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    }
}
