import Glibc

/// How many files and connections this process may have open.
enum FileLimit {
    /// The limit in force (`RLIMIT_NOFILE`), less what the process needs for itself; at least 2.
    static func current() -> Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 1024 }
        return max(2, Int(clamping: limit.rlim_cur) - own)
    }

    /// Event loops, listening sockets, logs, the archive's journals.
    private static let own = 64
}
