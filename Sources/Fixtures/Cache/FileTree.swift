import Container
import FoundationEssentials
import Glibc

/// Folders and files of a run. Every failure names the path.
enum FileTree {
    /// Makes a folder and those above it, where they are missing.
    static func make(_ path: String) throws(BatchError) {
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch { throw .folder(path: path, reason: reason(error)) }
    }

    /// Removes a file or a folder with all that is in it; nothing happens where there is none.
    static func remove(_ path: String) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        try? FileManager.default.removeItem(atPath: path)
    }

    /// Names in a folder, sorted; none where there is no such folder.
    static func names(in folder: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
    }

    /// Bytes of a file; `nil` where there is none.
    static func size(_ path: String) -> Int64? {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG ? Int64(status.st_size) : nil
    }

    /// Moves a file or folder to another name of the same file system; replaces a file, and an empty folder.
    static func move(_ source: String, to target: String) throws(BatchError) {
        guard rename(source, target) == 0 else {
            throw .folder(path: target, reason: SystemError.text(errno))
        }
    }

    /// Gives a file's content another name that appears whole: as a link where the file system can, else as a copy.
    static func place(_ source: String, at target: String) throws(BatchError) {
        let partial = partialName(target)
        unlink(partial)
        if link(source, partial) != 0 { try copy(source, to: partial) }
        try move(partial, to: target)
        // Where both were names of one file, rename did nothing and left both.
        unlink(partial)
    }

    /// `.NAME.part` beside a path: what a run that was killed left is overwritten by the next.
    static func partialName(_ path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return ".\(path).part" }
        return "\(path[...slash]).\(path[path.index(after: slash)...]).part"
    }

    /// Copies a file; the copy appears whole.
    static func copyWhole(_ source: String, to target: String) throws(BatchError) {
        let partial = partialName(target)
        unlink(partial)
        try copy(source, to: partial)
        try move(partial, to: target)
    }

    static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// Writes a file that appears whole and is on the disk then.
    static func write(_ text: String, to path: String) throws(BatchError) {
        let partial = partialName(path)
        unlink(partial)
        do {
            let file = try RecordingFile(partial, .create)
            try file.write(Array(text.utf8), at: 0)
            try file.synchronize()
        } catch {
            unlink(partial)
            throw .folder(path: path, reason: "\(error)")
        }
        try move(partial, to: path)
    }

    /// All of a file as text; `nil` where there is none, or it cannot be read.
    static func text(_ path: String) -> String? {
        guard let file = try? RecordingFile(path, .read), let size = try? file.size(),
            let bytes = try? file.read(Int(clamping: size), at: 0)
        else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func copy(_ source: String, to target: String) throws(BatchError) {
        let part = 1 << 20
        do {
            let input = try RecordingFile(source, .read)
            let output = try RecordingFile(target, .create)
            var offset: Int64 = 0
            while true {
                let bytes = try input.read(part, at: offset)
                if bytes.isEmpty { break }
                try output.write(bytes, at: offset)
                offset += Int64(bytes.count)
            }
            try output.synchronize()
        } catch {
            unlink(target)
            throw .folder(path: target, reason: "\(error)")
        }
    }

    private static func reason(_ error: any Error) -> String {
        (error as? CocoaError).map { error in
            (error.underlying as? POSIXError).map { SystemError.text($0.code.rawValue) }
                ?? "the files cannot be changed"
        } ?? "\(error)"
    }
}
