import Glibc

/// A file system of its own in memory, so small that a recording fills it.
public final class SmallDisk {
    /// Absolute path.
    public let path: String
    private let folder: TemporaryFolder

    /// Whether this process may mount one.
    public static let isPossible: Bool = { (try? SmallDisk(bytes: 65536)) != nil }()

    /// Mounts one that holds so many bytes.
    public init(bytes: Int) throws {
        folder = try TemporaryFolder()
        path = folder.path
        guard mount("tmpfs", path, "tmpfs", 0, "size=\(bytes)") == 0 else {
            throw Refusal(errno: errno)
        }
    }

    /// The system does not allow it.
    public struct Refusal: Error { let errno: Int32 }

    deinit { umount2(path, Int32(MNT_DETACH)) }
}
