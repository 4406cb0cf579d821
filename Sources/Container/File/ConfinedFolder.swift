import CLinux
import Glibc

/// A folder that is open, and below which names are opened without following a link and without leaving it: what is in an
/// archive that came from elsewhere reaches nothing beside it.
public struct ConfinedFolder: ~Copyable, Sendable {
    /// The operating system's number of the open folder.
    public let descriptor: Int32
    /// Its path, for messages.
    public let path: String

    /// Opens a folder.
    /// - Parameters:
    ///   - path: its path.
    ///   - levels: how many of the path's last parts are resolved without following links.
    /// - Throws: ``ContainerError/file(path:operation:errno:)``; `ELOOP` or `ENOTDIR` for a link.
    public init(_ path: String, levels: Int = 0) throws(ContainerError) {
        self.path = path
        descriptor = try Self.open(path, levels: levels, flags: O_RDONLY | O_DIRECTORY)
    }

    deinit { close(descriptor) }

    /// Opens `path`, whose last `levels` parts are names below a folder that whoever runs the program has named.
    static func open(
        _ path: String, levels: Int, flags: Int32, mode: UInt32 = 0o644
    ) throws(ContainerError) -> Int32 {
        let (root, rest) = split(path, levels: levels)
        guard !rest.isEmpty else {
            let found = Glibc.open(path, flags | O_CLOEXEC, mode)
            guard found >= 0 else { throw .file(path: path, operation: "open", errno: errno) }
            return found
        }
        guard !path.utf8.contains(0) else { throw .file(path: path, operation: "open", errno: EINVAL) }
        let folder = Glibc.open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { throw .file(path: path, operation: "open", errno: errno) }
        defer { close(folder) }
        let found = convene_open_beneath(folder, rest, flags, mode)
        guard found >= 0 else { throw .file(path: path, operation: "open", errno: errno) }
        return found
    }

    /// A path before its last `levels` parts, and these.
    static func split(_ path: String, levels: Int) -> (root: String, rest: String) {
        let parts = path.split(separator: "/", omittingEmptySubsequences: true)
        let rest = parts.suffix(levels).joined(separator: "/")
        let root = parts.dropLast(levels).joined(separator: "/")
        if path.hasPrefix("/") { return ("/" + root, rest) }
        return (root.isEmpty ? "." : root, rest)
    }

    /// Renames an entry of the folder to another name in it.
    public func rename(_ old: String, to new: String) throws(ContainerError) {
        guard renameat(descriptor, old, descriptor, new) == 0 else {
            throw .file(path: path + "/" + old, operation: "rename", errno: errno)
        }
    }

    /// Removes a file of the folder, where there is one.
    public func remove(_ name: String) { unlinkat(descriptor, name, 0) }

    /// The names in the folder, without `.` and `..`, in the order of their bytes.
    public func names() throws(ContainerError) -> [String] {
        let copy = openat(descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard copy >= 0 else { throw .file(path: path, operation: "open", errno: errno) }
        guard let stream = fdopendir(copy) else {
            let code = errno
            close(copy)
            throw .file(path: path, operation: "list", errno: code)
        }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// The names in the folder at `path`, as ``names()`` gives them.
    public static func names(_ path: String, levels: Int = 0) throws(ContainerError) -> [String] {
        try ConfinedFolder(path, levels: levels).names()
    }

    /// Removes an entry of the folder with all that is in it; links are removed, not followed. Nothing where there is none.
    public func removeTree(_ name: String) throws(ContainerError) {
        try Self.removeTree(name, in: descriptor, path: path, depth: 0)
    }

    private static let deepest = 32

    private static func removeTree(_ name: String, in folder: Int32, path: String, depth: Int)
        throws(ContainerError)
    {
        if unlinkat(folder, name, 0) == 0 || errno == ENOENT { return }
        let path = path + "/" + name
        guard errno == EISDIR, depth < deepest else {
            throw .file(path: path, operation: "remove", errno: errno)
        }
        let found = convene_open_beneath(folder, name, O_RDONLY | O_DIRECTORY, 0)
        guard found >= 0 else { throw .file(path: path, operation: "open", errno: errno) }
        let inner = ConfinedFolder(descriptor: found, path: path)
        for entry in try inner.names() {
            try removeTree(entry, in: inner.descriptor, path: path, depth: depth + 1)
        }
        guard unlinkat(folder, name, AT_REMOVEDIR) == 0 else {
            throw .file(path: path, operation: "remove", errno: errno)
        }
    }

    private init(descriptor: Int32, path: String) {
        self.descriptor = descriptor
        self.path = path
    }

    /// Returns when the folder's entries are on the disk.
    public func synchronize() throws(ContainerError) {
        guard fsync(descriptor) == 0 else { throw .file(path: path, operation: "fsync", errno: errno) }
    }
}
