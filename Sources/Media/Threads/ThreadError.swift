import Glibc

/// The system has refused a thread: a limit on processes is reached, or there is no memory for its stack.
public struct ThreadError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What the thread was to be called.
    public let thread: String
    /// What `pthread_create` returned.
    public let errno: Int32

    /// An error from its parts.
    public init(thread: String, errno: Int32) {
        self.thread = thread
        self.errno = errno
    }

    /// What failed, and what to do.
    public var description: String {
        let reason = strerror(errno).map { String(cString: $0) } ?? "error \(errno)"
        return """
            The system has no thread left for \(thread): \(reason). Raise the limit on processes (ulimit -u, \
            TasksMax= of the unit, --pids-limit of the container), or end other programs.
            """
    }
}
