import Container
import Glibc

/// A rendition that is written under another name and gets its own when it is whole.
///
/// `.NAME.part` beside the file, or a folder of that name for a playlist and its segments. The name is always the same, so
/// that the next run removes what a killed one left; a lock keeps two runs from writing the same rendition.
final class PartialOutput {
    /// Where it will be.
    let path: String
    /// Where the muxer writes.
    let temporary: String
    private let container: OutputContainer
    private let folder: String
    private let name: String
    private let lock: Int32
    private var part: String { "\(folder).\(name).part" }
    private var hasSegments: Bool { container == .hls }

    /// Removes leftovers, and takes the name.
    /// - Throws: ``TranscodeError/output(path:reason:)``.
    init(_ path: String, _ container: OutputContainer) throws(TranscodeError) {
        self.path = path
        self.container = container
        folder = ContainerFormat.folder(of: path)
        name = String(path.dropFirst(folder.count))
        guard !name.isEmpty, name != ".", name != ".." else {
            throw .output(path: path, reason: "it is no file name. Name a file.")
        }
        let part = "\(folder).\(name).part"
        temporary = container == .hls ? "\(part)/\(name)" : part
        if container == .hls, mkdir(part, 0o755) != 0, errno != EEXIST { throw Self.failure(path, errno) }
        let descriptor =
            container == .hls
            ? open(part, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : open(part, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw Self.failure(path, errno) }
        // A run that has just ended gave the file that was opened here its own name.
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0, Self.isAt(part, descriptor) else {
            close(descriptor)
            throw .output(
                path: path, reason: "another run is writing it. Wait for that, or choose another name.")
        }
        lock = descriptor
        if container == .hls { Self.empty(part) }
    }

    deinit { close(lock) }

    private static func isAt(_ path: String, _ descriptor: Int32) -> Bool {
        var (open, named) = (stat(), stat())
        return fstat(descriptor, &open) == 0 && stat(path, &named) == 0 && open.st_ino == named.st_ino
            && open.st_dev == named.st_dev
    }

    private static func failure(_ path: String, _ code: Int32) -> TranscodeError {
        .output(path: path, reason: "\(SystemError.text(code)). Choose another folder or name.")
    }

    private static func files(_ folder: String) -> [String] {
        guard let stream = opendir(folder) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    private static func empty(_ folder: String) { for name in files(folder) { unlink("\(folder)/\(name)") } }

    /// Checks that every file that a playlist names is there.
    /// - Throws: ``TranscodeError/output(path:reason:)``: muxers go on where one of their files cannot be opened.
    func check() throws(TranscodeError) {
        guard hasSegments else { return }
        let bytes: [UInt8]
        do {
            let playlist = try RecordingFile(temporary, .read)
            bytes = try playlist.read(Int(min(try playlist.size(), Self.maximumPlaylist)), at: 0)
        } catch { throw .output(path: path, reason: error.description) }
        let names = PlaylistNames.of(String(decoding: bytes, as: UTF8.self))
        guard !names.isEmpty else { throw .output(path: path, reason: "no segment was written.") }
        for name in names where try size("\(part)/\(name)") == 0 {
            throw .output(path: path, reason: "the segment \(name) is empty.")
        }
    }

    private static let maximumPlaylist: Int64 = 64 << 20

    /// Returns when the content is on the disk.
    func synchronize() throws(TranscodeError) {
        if hasSegments {
            for file in Self.files(part) { try synchronize("\(part)/\(file)") }
        } else {
            try synchronize(part)
        }
    }

    /// Gives the rendition its name. Its content is on the disk already.
    /// - Returns: its files, the one that was asked for first, and the bytes of all.
    func publish() throws(TranscodeError) -> (files: [String], bytes: Int64) {
        var files = [path]
        if hasSegments {
            let names = Self.files(part).filter { $0 != name }
            // The playlist comes last: where it is, its segments are.
            for file in names + [name] { try rename("\(part)/\(file)", to: folder + file) }
            rmdir(part)
            removeStaleSegments(besides: Set(names))
            files += names.map { folder + $0 }
        } else {
            try rename(part, to: path)
        }
        do { try RecordingFile.synchronizeFolder(folder.isEmpty ? "." : folder) } catch {
            throw .output(path: path, reason: error.description)
        }
        var bytes: Int64 = 0
        for file in files { bytes += try size(file) }
        return (files, bytes)
    }

    /// Segments of an earlier, longer rendition of the same name.
    private func removeStaleSegments(besides names: Set<String>) {
        let stem = ContainerFormat.stem(name) + "-"
        for file in Self.files(folder.isEmpty ? "." : folder)
        where file.hasPrefix(stem) && !names.contains(file) {
            if Self.isSegment(file.dropFirst(stem.count)) { unlink(folder + file) }
        }
    }

    /// Whether a name is a segment's, by what follows the playlist's in it.
    private static func isSegment(_ rest: Substring) -> Bool {
        rest.prefix { $0.isASCII && $0.isNumber }.count == 5 && [".ts", ".m4s"].contains(rest.dropFirst(5))
    }

    /// Whether a rendition at `path` would take the place of the file at `input`, however the two are spelled.
    static func replaces(_ input: String, at path: String, _ container: OutputContainer) -> Bool {
        guard let source = realpath(input, nil) else { return false }
        defer { free(source) }
        let whole = String(cString: source)
        let folder = ContainerFormat.folder(of: path)
        guard let place = realpath(folder.isEmpty ? "." : folder, nil) else { return false }
        defer { free(place) }
        let prefix = String(cString: place) == "/" ? "/" : String(cString: place) + "/"
        guard whole.hasPrefix(prefix) else { return false }
        let (name, own) = (whole.dropFirst(prefix.count), path.dropFirst(folder.count))
        if name == own { return true }
        let stem = ContainerFormat.stem(String(own)) + "-"
        guard container == .hls, name.hasPrefix(stem) else { return false }
        let rest = name.dropFirst(stem.count)
        return rest == "init.mp4" || isSegment(rest)
    }

    private func synchronize(_ file: String) throws(TranscodeError) {
        do { try RecordingFile(file, .update).synchronize() } catch {
            throw .output(path: path, reason: error.description)
        }
    }

    private func size(_ file: String) throws(TranscodeError) -> Int64 {
        do { return try RecordingFile(file, .read).size() } catch {
            throw .output(path: path, reason: error.description)
        }
    }

    private func rename(_ from: String, to target: String) throws(TranscodeError) {
        guard Glibc.rename(from, target) == 0 else { throw Self.failure(path, errno) }
    }

    /// Removes what was written.
    func discard() {
        if hasSegments {
            Self.empty(part)
            rmdir(part)
        } else {
            unlink(part)
        }
    }
}
