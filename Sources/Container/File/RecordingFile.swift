import Glibc

/// A file that is written and read at positions, and its only owner.
///
/// Every call blocks on the disk. Not for two threads at once, but for ``synchronize()``.
public struct RecordingFile: ~Copyable, Sendable {
    /// The operating system's number of the open file.
    public let descriptor: Int32
    /// Where it was opened.
    public let path: String

    /// How a file is opened.
    public enum Mode: Sendable {
        /// It must not exist yet; for reading and writing.
        case create
        /// It must exist; for reading and writing.
        case update
        /// It must exist; for reading only.
        case read
    }

    /// How many of the last parts of a path are names in an archive, which may come from elsewhere: room, meeting, file.
    public static let archiveLevels = 3

    /// Opens a file.
    /// - Parameter levels: how many of the path's last parts are resolved without following a link and without `..`, see
    ///   ``archiveLevels``. What is opened so is a file of its own: no folder, no device, no pipe.
    /// - Throws: ``ContainerError/file(path:operation:errno:)``.
    public init(_ path: String, _ mode: Mode, levels: Int = 0) throws(ContainerError) {
        let flags =
            switch mode {
            case .create: O_RDWR | O_CREAT | O_EXCL
            case .update: O_RDWR
            case .read: O_RDONLY
            }
        // Without O_NONBLOCK to open a pipe waits for somebody to write into it.
        let confined = levels > 0 ? O_NONBLOCK : 0
        let descriptor = try ConfinedFolder.open(path, levels: levels, flags: flags | confined)
        var status = stat()
        if levels > 0, fstat(descriptor, &status) != 0 || status.st_mode & S_IFMT != S_IFREG {
            close(descriptor)
            throw .file(path: path, operation: "open", errno: EINVAL)
        }
        self.descriptor = descriptor
        self.path = path
    }

    deinit { close(descriptor) }

    /// Bytes in the file.
    public func size() throws(ContainerError) -> Int64 {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            throw .file(path: path, operation: "stat", errno: errno)
        }
        return Int64(status.st_size)
    }

    /// Writes all of `bytes` at `offset`.
    ///
    /// - Throws: ``ContainerError/file(path:operation:errno:)``, for instance with `ENOSPC`; a part may have been
    ///   written then.
    public func write(_ bytes: [UInt8], at offset: Int64) throws(ContainerError) {
        try bytes.withUnsafeBufferPointer { bytes throws(ContainerError) in
            try write([UnsafeRawBufferPointer(bytes)], at: offset)
        }
    }

    /// Writes parts one behind the other, with one call to the system where it takes them all at once.
    ///
    /// - Throws: as for bytes of one part.
    public func write(_ parts: [UnsafeRawBufferPointer], at offset: Int64) throws(ContainerError) {
        var rest = parts.filter { !$0.isEmpty }[...]
        var position = offset
        while !rest.isEmpty {
            let vectors = rest.prefix(Self.mostParts).map {
                iovec(iov_base: UnsafeMutableRawPointer(mutating: $0.baseAddress), iov_len: $0.count)
            }
            let written = pwritev(descriptor, vectors, Int32(vectors.count), off_t(position))
            if written < 0 {
                if errno == EINTR { continue }
                throw .file(path: path, operation: "write", errno: errno)
            }
            position += Int64(written)
            rest = Self.dropping(written, from: rest)
        }
    }

    /// Parts that the system takes in one call (`IOV_MAX`).
    private static let mostParts = 1024

    /// What is left of `parts` behind their first `count` bytes.
    package static func dropping(
        _ count: Int, from parts: ArraySlice<UnsafeRawBufferPointer>
    ) -> ArraySlice<UnsafeRawBufferPointer> {
        var (rest, count) = (parts, count)
        while let first = rest.first, count >= first.count {
            count -= first.count
            rest.removeFirst()
        }
        if count > 0, let first = rest.first {
            rest[rest.startIndex] = UnsafeRawBufferPointer(rebasing: first[count...])
        }
        return rest
    }

    /// Up to `count` bytes from `offset`; fewer only at the end of the file. Takes no more memory than the file has bytes.
    public func read(_ wanted: Int, at offset: Int64) throws(ContainerError) -> [UInt8] {
        guard wanted > 0, offset >= 0 else { return [] }
        let count = wanted > Self.smallRead ? Int(min(Int64(wanted), max(0, try size() - offset))) : wanted
        var result: [UInt8] = []
        while result.count < count {
            let done = result.count
            var failure: Int32 = 0
            let part = [UInt8](unsafeUninitializedCapacity: count - done) { buffer, initialized in
                let got = pread(descriptor, buffer.baseAddress, count - done, off_t(offset) + off_t(done))
                if got < 0 { failure = errno }
                initialized = max(0, got)
            }
            if failure == EINTR { continue }
            if failure != 0 { throw .file(path: path, operation: "read", errno: failure) }
            if part.isEmpty { break }
            result = result.isEmpty ? part : result + part
        }
        return result
    }

    /// Bytes below which the file's size is not asked for before memory is taken.
    private static let smallRead = 1 << 20

    /// Cuts the file to `size` bytes.
    public func truncate(to size: Int64) throws(ContainerError) {
        guard ftruncate(descriptor, off_t(size)) == 0 else {
            throw .file(path: path, operation: "truncate", errno: errno)
        }
    }

    /// Returns when everything that was written is on the disk. May be called while another thread writes.
    public func synchronize() throws(ContainerError) {
        guard fdatasync(descriptor) == 0 else {
            throw .file(path: path, operation: "fdatasync", errno: errno)
        }
    }

    /// Locks the file for this process until it is closed (`flock`). Does not wait.
    /// - Returns: `false` where another process or another opening of the file has it.
    public func lock() -> Bool { flock(descriptor, LOCK_EX | LOCK_NB) == 0 }

    /// Returns when the entries of the folder `path` (names created, renamed, removed) are on the disk.
    public static func synchronizeFolder(_ path: String) throws(ContainerError) {
        let descriptor = Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .file(path: path, operation: "open", errno: errno) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw .file(path: path, operation: "fsync", errno: errno) }
    }
}
