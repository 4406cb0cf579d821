package import Media

/// The pictures of one track that wait for their time, in the order of arrival.
package struct VideoQueue: Sendable {
    private let maximumFrames: Int
    private let maximumBytes: Int
    private var frames: [VideoFrame] = []
    private var bytes = 0
    /// Pictures handed out.
    package private(set) var presented = 0
    /// Pictures never shown because a newer one was due as well.
    package private(set) var skipped = 0
    /// Pictures that gave way to newer ones because the queue was full.
    package private(set) var dropped = 0

    /// An empty queue with the bounds of `configuration`.
    package init(_ configuration: PlayoutConfiguration) {
        maximumFrames = max(configuration.maximumVideoFrames, 1)
        maximumBytes = configuration.maximumVideoBytes
    }

    /// Pictures waiting.
    package var count: Int { frames.count }

    /// Adds a picture at `now`, when pictures are due `delay` nanoseconds after their capture.
    ///
    /// Pictures that are due and have a newer one behind them that is due too are dropped at once, so that a
    /// burst from the past takes no room.
    package mutating func push(_ frame: VideoFrame, delay: Int64, now: MonotonicTime) {
        let size = Self.bytes(of: frame)
        if frames.count >= maximumFrames || (frames.count >= 4 && bytes + size > maximumBytes) {
            skipDue(delay: delay, now: now)
        }
        if frames.count >= maximumFrames || (frames.count >= 4 && bytes + size > maximumBytes) {
            bytes -= Self.bytes(of: frames.removeLast())
            dropped += 1
        }
        frames.append(frame)
        bytes += size
        skipDue(delay: delay, now: now)
    }

    /// The newest picture that is due at `now`, taken out with all before it.
    package mutating func takeDue(delay: Int64, now: MonotonicTime) -> VideoFrame? {
        skipDue(delay: delay, now: now)
        guard let first = frames.first, first.time + delay <= now else { return nil }
        frames.removeFirst()
        bytes -= Self.bytes(of: first)
        presented += 1
        return first
    }

    /// When the next picture is due; it may have passed.
    package func nextDue(delay: Int64) -> MonotonicTime? {
        frames.first.map { $0.time + delay }
    }

    /// Drops all pictures before the newest that is due.
    private mutating func skipDue(delay: Int64, now: MonotonicTime) {
        guard let last = frames.lastIndex(where: { $0.time + delay <= now }), last > 0 else { return }
        for frame in frames[..<last] { bytes -= Self.bytes(of: frame) }
        frames.removeFirst(last)
        skipped += last
    }

    private static func bytes(of frame: VideoFrame) -> Int {
        (0..<frame.format.planeCount).reduce(0) { sum, plane in
            sum + frame.format.rowBytes(plane: plane, width: frame.width)
                * frame.format.rows(plane: plane, height: frame.height)
        }
    }
}
