import Container
import FoundationEssentials
import Glibc

/// The folder in which one run works, locked while it runs, so that what a killed run left can be told and removed.
struct WorkFolder: ~Copyable {
    /// The folder.
    let path: String
    private let lock: RecordingFile
    private static let lockSuffix = ".lock"
    private static let maximumTries = 8

    /// Makes a folder for this run in `root`, and removes those of runs that are not running any more.
    init(in root: String) throws(BatchError) {
        try FileTree.make(root)
        Self.clean(root)
        let file = try Self.claim(root)
        let name = String(file.path.dropLast(Self.lockSuffix.count))
        try FileTree.make(name)
        lock = file
        path = name
    }

    /// The locked file of a name of our own.
    private static func claim(_ root: String) throws(BatchError) -> RecordingFile {
        for _ in 0..<maximumTries {
            let name = "\(root)/run-\(getpid())-\(UUID().uuidString)"
            let file = try create(name + lockSuffix)
            // A run that cleans up may have found it before it was locked, and removed it.
            var status = stat()
            if file.lock(), fstat(file.descriptor, &status) == 0, status.st_nlink > 0 { return file }
        }
        throw .folder(path: root, reason: "others remove what is made there")
    }

    private static func create(_ path: String) throws(BatchError) -> RecordingFile {
        do { return try RecordingFile(path, .create) } catch { throw .folder(path: path, reason: "\(error)") }
    }

    deinit {
        FileTree.remove(path)
        unlink(path + Self.lockSuffix)
    }

    private static func clean(_ root: String) {
        for name in FileTree.names(in: root) where name.hasPrefix("run-") && name.hasSuffix(lockSuffix) {
            let file = "\(root)/\(name)"
            guard let lock = try? RecordingFile(file, .update), lock.lock() else { continue }
            FileTree.remove(String(file.dropLast(lockSuffix.count)))
            unlink(file)
        }
    }
}
