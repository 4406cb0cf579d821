package import Media

/// What a shard knows of its next flush.
///
/// It is due a tick after the last one, or at once where that is over. Sound alone waits a tick in any case: there are more
/// packets of sound than pictures, a picture that follows takes them along, and they cost as much as a picture to send.
/// With many subscribers pictures wait a tick as well, because a packet costs a call for each of them; but for large ones,
/// with which copying costs more than the call.
///
/// A flush takes time itself, to hundreds of subscribers some milliseconds, which whoever is served last waits as well. That
/// is taken off the waiting, but no more than a fifth of the tick, since company is what makes a flush cheap.
package struct FlushTimer {
    /// Subscribers of a shard from which on pictures wait too.
    package static let manySubscribers = 20
    /// Bytes from which on nothing waits for more to come.
    package static let largeBytes = 32_768
    /// Bytes after which it does not wait for the tick: as many as a socket takes beyond what is in flight.
    package static let maximumBytes = 131_072
    /// Frames after which it does not wait: half of what one `sendmsg` takes, so that a group's list always fits.
    package static let maximumFrames = SendList.capacity / 2

    /// Whether the timer for it runs.
    var isScheduled = false
    /// When the packets arrived that were appended since the last flush.
    private(set) var arrivals: ContiguousArray<MonotonicTime> = []
    private let tick: Int64
    /// Nanoseconds that the last flush took.
    private var duration: Int64 = 0
    private var last = MonotonicTime(nanoseconds: .min / 2)
    private var began = MonotonicTime(nanoseconds: 0)
    private var isSoundOnly = true
    private var bytes = 0
    private var frames = 0

    /// The first flush of a shard whose tick is so many nanoseconds.
    package init(tick: Int64) { self.tick = tick }

    /// Whether there is nothing to flush.
    package var isEmpty: Bool { frames == 0 }

    /// Takes note of a frame that was appended to the groups.
    package mutating func add(bytes added: Int, isSound: Bool, now: MonotonicTime) {
        if isEmpty { began = now }
        bytes += added
        frames += 1
        isSoundOnly = isSoundOnly && isSound
    }

    /// Takes note of a packet that was appended to the groups.
    mutating func add(_ packet: RelayPacket, now: MonotonicTime) {
        add(bytes: packet.frame.readableBytes, isSound: packet.kind == .audio, now: now)
        arrivals.append(packet.arrival)
    }

    /// Whether so much waits that it is due at once.
    package var isFull: Bool { bytes >= Self.maximumBytes || frames >= Self.maximumFrames }

    /// Nanoseconds until it is due; 0 or less where it is.
    package func wait(now: MonotonicTime, subscribers: Int) -> Int64 {
        if isFull { return 0 }
        let isPatient = isSoundOnly || (subscribers >= Self.manySubscribers && bytes < Self.largeBytes)
        let since = isPatient ? max(last, began) : last
        return tick - min(duration, tick / 5) - (now - since)
    }

    /// Forgets what was flushed between `start` and `end`.
    package mutating func clear(_ start: MonotonicTime, _ end: MonotonicTime) {
        last = start
        duration = end - start
        isSoundOnly = true
        bytes = 0
        frames = 0
        arrivals.removeAll(keepingCapacity: true)
    }
}
