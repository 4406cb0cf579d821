public import Media

/// How meetings are recorded.
public struct ArchiveConfiguration: Sendable, Hashable {
    /// The folder that holds `<room>/<meeting>/`.
    public var path: String
    /// Milliseconds of media after which a fragment is written at the latest. Smaller: a crash loses less, and more
    /// writes and syncs. A fragment also ends at each keyframe.
    public var fragmentMilliseconds: Int
    /// Bytes after which a file ends and the next begins, at a keyframe.
    public var segmentBytes: Int64
    /// Milliseconds for which the beginning of a file waits for the first packet of each of its tracks.
    public var openMilliseconds: Int
    /// Bytes of packets that may wait for the disk, for each meeting. Beyond it packets are lost, and it is said so.
    /// One participant can fill half of it.
    public var queueBytes: Int

    /// Free bytes of the disk below which it is said that there is little left.
    public var warnBelowBytes: Int64
    /// Free bytes of the disk below which recordings are finished and nothing more is written, until there is room.
    public var stopBelowBytes: Int64

    /// Seconds of media at most that are kept in memory of each source while it is not recorded, from its last keyframe
    /// on, for a recording to begin with. 0: none; a recording then begins at the next keyframe.
    public var preRollSeconds = 10.0
    /// Bytes of it for each meeting. One source can have half of it.
    public var preRollBytes = 64 << 20

    /// Seconds for which a meeting that a server's end interrupted is kept open for those who were in it. 0: not at all.
    public var resumeSeconds = 30

    /// In which everything is counted that is kept in memory; `nil`: nowhere.
    public var memory: MemoryBudget?

    /// The defaults but for the path.
    public init(
        path: String, fragmentMilliseconds: Int = 500, segmentBytes: Int64 = 8 << 30,
        openMilliseconds: Int = 1000,
        queueBytes: Int = 64 << 20, warnBelowBytes: Int64 = 1_000_000_000, stopBelowBytes: Int64 = 200_000_000
    ) {
        self.path = path
        self.fragmentMilliseconds = fragmentMilliseconds
        self.segmentBytes = segmentBytes
        self.openMilliseconds = openMilliseconds
        self.queueBytes = queueBytes
        self.warnBelowBytes = warnBelowBytes
        self.stopBelowBytes = stopBelowBytes
    }
}
