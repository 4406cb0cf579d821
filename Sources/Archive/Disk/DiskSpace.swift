import Glibc

/// Whether there is room for recordings, decided with a distance between stopping and going on, so that a disk at its limit
/// does not make the recording come and go. Pure: the free space is given.
struct DiskSpace {
    enum Level: Sendable, Hashable {
        case enough
        /// Recording goes on, but somebody should make room.
        case low
        /// Nothing more is written.
        case full
    }

    private let warnBelow: Int64
    private let stopBelow: Int64
    private(set) var level = Level.enough

    init(warnBelow: Int64, stopBelow: Int64) {
        self.warnBelow = warnBelow
        self.stopBelow = stopBelow
    }

    /// Free bytes at which a recording that was stopped goes on: a tenth above where it stops.
    private var goOnAbove: Int64 { stopBelow + stopBelow / 10 }

    /// Takes the free space of now.
    /// - Returns: the level, where it has changed.
    mutating func update(free: Int64) -> Level? {
        let isStopped = level == .full
        let new: Level =
            free < (isStopped ? goOnAbove : stopBelow) ? .full : free < warnBelow ? .low : .enough
        guard new != level else { return nil }
        level = new
        return new
    }

    /// Bytes that this user may still write into the file system of `path`; `nil` where it does not say.
    static func free(_ path: String) -> Int64? {
        var status = statvfs()
        guard statvfs(path, &status) == 0 else { return nil }
        return Int64(clamping: UInt64(status.f_bavail) &* UInt64(status.f_frsize))
    }
}
