import Glibc

/// A lock on a folder among all processes, `flock`ed on the folder itself: nothing is left behind, and a process that
/// dies lets go of it.
final class FolderLock {
    private var descriptor: Int32

    /// Locks `path`; waits up to `milliseconds`.
    /// - Returns: `nil` where somebody else has it for longer, or there is no such folder.
    init?(_ path: String, milliseconds: Int) {
        descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        var left = milliseconds
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            guard left > 0, errno == EWOULDBLOCK || errno == EINTR else {
                release()
                return nil
            }
            usleep(5000)
            left -= 5
        }
    }

    /// Lets go. Later calls change nothing.
    func release() {
        if descriptor >= 0 { close(descriptor) }
        descriptor = -1
    }

    deinit { release() }
}
