import Container
import FoundationEssentials
import Glibc
import LibAV

/// Results of earlier runs, by ``WorkKey``: a folder for each, with the rendition's files and `result.json`.
///
/// Any number of runs may share it. An entry appears and disappears as a whole, and is only used when every file has
/// the digest that it was kept with. It can be removed at any time.
struct ResultCache: Sendable {
    private static let resultName = "result.json"
    /// Days after which an entry that nobody used is removed.
    private static let daysKept = 30
    private static let digestLength = 64

    let root: String

    private var entries: String { "\(root)/entries" }
    /// Where runs work, on the same file system.
    var workRoot: String { "\(root)/work" }

    /// An entry that is whole.
    struct Entry: Sendable {
        let result: WorkResult
        let folder: String
    }

    /// What is known of a key.
    enum Found: Sendable {
        case entry(Entry)
        /// There was an entry, but its files were not what they should be. It is removed.
        case damaged(String)
        case nothing
    }

    func find(_ key: WorkKey) -> Found {
        let folder = "\(entries)/\(key.digest)"
        guard let text = FileTree.text("\(folder)/\(Self.resultName)") else {
            guard FileTree.names(in: folder).isEmpty else { return discard(folder, Self.resultName) }
            return .nothing
        }
        guard let result = Self.decode(text) else { return discard(folder, Self.resultName) }
        for file in result.files where !Self.isWhole(file, in: folder) { return discard(folder, file.name) }
        // Its age counts from its last use.
        utimes(folder, nil)
        return .entry(Entry(result: result, folder: folder))
    }

    private func discard(_ folder: String, _ name: String) -> Found {
        FileTree.remove(folder)
        return .damaged(name)
    }

    /// Whether a file is there and has the content that it had.
    static func isWhole(_ file: WorkResult.File, in folder: String) -> Bool {
        let path = "\(folder)/\(file.name)"
        guard FileTree.size(path) == file.bytes else { return false }
        let digest = try? FileDigest.sha256(path)
        return digest == file.digest
    }

    /// Keeps a result whose files are in `folder`, which becomes the entry. It must be on the cache's file system.
    func keep(_ result: WorkResult, from folder: String, as key: WorkKey) throws(BatchError) -> Entry {
        try FileTree.make(entries)
        try FileTree.write(try Self.encode(result), to: "\(folder)/\(Self.resultName)")
        let target = "\(entries)/\(key.digest)"
        while rename(folder, target) != 0 {
            let code = errno
            // Another run, or another fixture with the same content, was faster, and may be using its entry now. That is as
            // good; only one that is damaged is removed.
            switch find(key) {
            case .entry(let entry): return entry
            case .damaged: continue
            case .nothing: throw .folder(path: target, reason: SystemError.text(code))
            }
        }
        try? RecordingFile.synchronizeFolder(entries)
        return Entry(result: result, folder: target)
    }

    /// Removes what nobody has used for long.
    func prune() {
        let oldest = time(nil) - Self.daysKept * 86_400
        for name in FileTree.names(in: entries) {
            var status = stat()
            let path = "\(entries)/\(name)"
            if stat(path, &status) == 0, status.st_mtim.tv_sec < oldest { FileTree.remove(path) }
        }
    }

    /// The digest of what follows, then the result: half a file is not taken for a whole one.
    private static func encode(_ result: WorkResult) throws(BatchError) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            let text = String(decoding: try encoder.encode(result), as: UTF8.self)
            return try digest(text) + "\n" + text + "\n"
        } catch { throw .folder(path: resultName, reason: "\(error)") }
    }

    private static func decode(_ text: String) -> WorkResult? {
        let parts = text.split(separator: "\n")
        guard parts.count == 2, parts[0].count == digestLength,
            (try? digest(String(parts[1]))) == String(parts[0])
        else { return nil }
        return try? JSONDecoder().decode(WorkResult.self, from: Data(parts[1].utf8))
    }

    private static func digest(_ text: String) throws(AVError) -> String {
        let sum = try SHA256()
        sum.update(Array(text.utf8))
        return sum.finish()
    }
}
