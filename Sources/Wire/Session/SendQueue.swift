package import Media
package import NIOCore

/// What waits to be sent over one connection: bounded in bytes and in age.
///
/// Confined to its owner's event loop or lock. When media exceeds a bound, the pictures of the track with the most
/// bytes waiting go first, all of them, and that track starts again at its next keyframe; sound goes last, oldest
/// first. Control messages are never dropped; the owner looks at ``controlBytes`` and gives up the connection.
///
/// The pictures with which somebody begins, a burst, count against no bound for a while, and what comes behind them does not
/// age until they have left.
package struct SendQueue {
    /// The bounds.
    package struct Limits: Sendable {
        /// Bytes of media that may wait.
        package var mediaBytes: Int
        /// How long media may wait, in nanoseconds.
        package var age: Int64

        /// Bounds from their values.
        package init(mediaBytes: Int, age: Int64) {
            self.mediaBytes = mediaBytes
            self.age = age
        }
    }

    private struct Feed {
        let isVideo: Bool
        var needsKeyframe: Bool
        var hasStarted = false
        var replaces: TrackID?
        var dropped = 0
        var queuedBytes = 0
    }

    /// Packets of one track that were not sent.
    package struct Drop: Sendable, Hashable {
        /// The track.
        package let track: TrackID
        /// Whether it is video.
        package let isVideo: Bool
        /// How many packets.
        package var count: Int
    }

    /// Nanoseconds for which a burst may wait before it counts as anything else.
    package static let burstAge: Int64 = 5_000_000_000

    private struct Entry {
        let bytes: ByteBuffer
        let track: TrackID?
        var isBurst = false
        let since: MonotonicTime
    }

    private let limits: Limits
    private let notice: (@Sendable (TrackID, Int) -> ByteBuffer)?
    private var entries = CircularBuffer<Entry>()
    private var feeds: [TrackID: Feed] = [:]
    /// Bytes that still wait of video tracks that were closed, or whose place another size has taken.
    private var leftBehind: [TrackID: Int] = [:]
    private var hasUntoldDrops = false
    private var drops: [Drop] = []
    /// When the last of a burst left.
    private var burstEnd: MonotonicTime?

    /// Bytes of media waiting.
    package private(set) var mediaBytes = 0
    /// Of them, bytes of pictures with which somebody begins.
    package private(set) var burstBytes = 0
    /// The others.
    package var liveBytes: Int { mediaBytes - burstBytes }
    /// Bytes of control messages waiting.
    package private(set) var controlBytes = 0
    /// Packets dropped since the queue was made.
    package private(set) var droppedPackets = 0
    /// Packets given out by ``pop(now:)`` since the queue was made.
    package private(set) var poppedPackets = 0

    /// An empty queue. `notice` makes the message that tells the receiver of dropped packets, if it is to be told.
    package init(limits: Limits, notice: (@Sendable (TrackID, Int) -> ByteBuffer)? = nil) {
        self.limits = limits
        self.notice = notice
    }

    /// Whether nothing waits.
    package var isEmpty: Bool { entries.isEmpty }

    /// The tracks that are open.
    package var tracks: [TrackID] { Array(feeds.keys) }

    /// Whether `track` is open.
    package func isOpen(_ track: TrackID) -> Bool { feeds[track] != nil }

    /// The video tracks that wait for a keyframe.
    package var tracksInNeedOfKeyframe: [TrackID] {
        feeds.compactMap { $0.value.needsKeyframe ? $0.key : nil }
    }

    /// Accepts packets of `track` from now on; a video track starts at its next keyframe.
    package mutating func open(_ track: TrackID, kind: MediaKind) {
        open(track, FeedState(beginning: kind))
    }

    /// Accepts packets of `track` from now on, which goes on from `state`.
    package mutating func open(_ track: TrackID, _ state: FeedState) {
        guard feeds[track] == nil else { return }
        feeds[track] = Feed(
            isVideo: state.isVideo, needsKeyframe: state.needsKeyframe, hasStarted: !state.needsKeyframe,
            replaces: state.replaces)
    }

    /// The open tracks and how far each is.
    package var states: [TrackID: FeedState] {
        feeds.mapValues {
            FeedState(isVideo: $0.isVideo, needsKeyframe: $0.needsKeyframe, replaces: $0.replaces)
        }
    }

    /// Whether nothing waits, and no track has to recover from a drop or to tell of one: what comes next could as well be
    /// sent without the queue.
    package var isSettled: Bool {
        isEmpty && !hasUntoldDrops
            && feeds.values.allSatisfy { $0.dropped == 0 && !($0.needsKeyframe && $0.hasStarted) }
    }

    /// Accepts nothing more of `track`. What waits is still sent.
    package mutating func close(_ track: TrackID) {
        guard let feed = feeds.removeValue(forKey: track) else { return }
        leaveBehind(track, feed)
    }

    /// Appends a control message.
    package mutating func append(control bytes: ByteBuffer, now: MonotonicTime) {
        controlBytes += bytes.readableBytes
        entries.append(Entry(bytes: bytes, track: nil, since: now))
    }

    /// Appends a packet, unless its track is closed or waits for a keyframe. Call ``trim(now:)`` afterwards.
    /// - Parameter isBurst: whether the receiver begins with it.
    /// - Returns: whether the packet was taken.
    @discardableResult
    package mutating func append(
        _ track: TrackID, _ bytes: ByteBuffer, isKeyframe: Bool, isBurst: Bool = false, now: MonotonicTime
    ) -> Bool {
        guard var feed = feeds[track] else { return false }
        defer { feeds[track] = feed }
        if feed.needsKeyframe && !isKeyframe {
            if feed.hasStarted { noteDrop(track, &feed, 1) }
            return false
        }
        if feed.needsKeyframe {
            feed.needsKeyframe = false
            if let other = feed.replaces.take() { end(other, now) }
            tell(track, &feed, now)
        }
        feed.hasStarted = true
        feed.queuedBytes += bytes.readableBytes
        mediaBytes += bytes.readableBytes
        if isBurst { burstBytes += bytes.readableBytes }
        entries.append(Entry(bytes: bytes, track: track, isBurst: isBurst, since: now))
        return true
    }

    /// The next bytes to send.
    package mutating func pop(now: MonotonicTime) -> ByteBuffer? {
        guard let entry = entries.popFirst() else {
            if hasUntoldDrops { tellSoundDrops(now) }
            return entries.popFirst().map { take($0, now) }
        }
        return take(entry, now)
    }

    /// Nanoseconds for which the oldest media has waited; 0 where none waits.
    package func waitingTime(now: MonotonicTime) -> Int64 {
        // Control messages between media are few, so this looks at one or two entries.
        guard let entry = entries.first(where: { $0.track != nil }) else { return 0 }
        if entry.isBurst { return now - entry.since > Self.burstAge ? now - entry.since : 0 }
        return now - max(entry.since, burstEnd ?? entry.since)
    }

    /// Drops what exceeds the bounds.
    /// - Returns: how many packets of which tracks were dropped now; for the log.
    package mutating func trim(now: MonotonicTime) -> [TrackID: Int] {
        guard exceedsBounds(now) else { return [:] }
        var dropped: [TrackID: Int] = [:]
        while exceedsBounds(now) {
            if let victim {
                dropped[victim, default: 0] += dropVideo(victim)
            } else if let sound = dropOldestMedia() {
                dropped[sound, default: 0] += 1
            } else {
                break
            }
        }
        return dropped
    }

    private func exceedsBounds(_ now: MonotonicTime) -> Bool {
        let live = isBurstLate(now) ? mediaBytes : liveBytes
        return live > limits.mediaBytes || waitingTime(now: now) > limits.age
    }

    private func isBurstLate(_ now: MonotonicTime) -> Bool {
        guard burstBytes > 0, let burst = entries.first(where: { $0.isBurst }) else { return false }
        return now - burst.since > Self.burstAge
    }

    /// Drops all media: the owner needs its memory.
    package mutating func dropMedia() {
        while let victim { _ = dropVideo(victim) }
        while dropOldestMedia() != nil {}
    }

    /// The video track whose pictures go first: one that goes on is worth more than one that has ended.
    private var victim: TrackID? {
        if let ended = leftBehind.max(by: { $0.value < $1.value }) { return ended.key }
        return feeds.filter { $0.value.isVideo && $0.value.queuedBytes > 0 }
            .max { $0.value.queuedBytes < $1.value.queuedBytes }?.key
    }

    private mutating func dropVideo(_ track: TrackID) -> Int {
        var count = 0
        for entry in entries where entry.track == track {
            count += 1
            forget(entry)
        }
        entries.removeAll { $0.track == track }
        leftBehind[track] = nil
        guard var feed = feeds[track] else {
            noteDrop(track, isVideo: true, count)
            return count
        }
        feed.queuedBytes = 0
        feed.needsKeyframe = true
        noteDrop(track, &feed, count)
        feeds[track] = feed
        return count
    }

    private mutating func noteDrop(_ track: TrackID, _ feed: inout Feed, _ count: Int) {
        feed.dropped += count
        noteDrop(track, isVideo: feed.isVideo, count)
    }

    private mutating func noteDrop(_ track: TrackID, isVideo: Bool, _ count: Int) {
        droppedPackets += count
        if let index = drops.firstIndex(where: { $0.track == track }) {
            drops[index].count += count
        } else {
            drops.append(Drop(track: track, isVideo: isVideo, count: count))
        }
    }

    /// What was dropped since the last call.
    package mutating func takeDrops() -> [Drop] {
        defer { drops = [] }
        return drops
    }

    private mutating func dropOldestMedia() -> TrackID? {
        guard let index = entries.firstIndex(where: { $0.track != nil }), let track = entries[index].track
        else {
            return nil
        }
        let size = entries[index].bytes.readableBytes
        forget(entries[index])
        entries.remove(at: index)
        reduce(track, by: size)
        feeds[track]?.dropped += 1
        // Video goes first, so this is sound, or of a track that was closed meanwhile.
        noteDrop(track, isVideo: feeds[track]?.isVideo ?? false, 1)
        hasUntoldDrops = true
        return track
    }

    private mutating func forget(_ entry: Entry) {
        mediaBytes -= entry.bytes.readableBytes
        if entry.isBurst { burstBytes -= entry.bytes.readableBytes }
    }

    private mutating func take(_ entry: Entry, _ now: MonotonicTime) -> ByteBuffer {
        let size = entry.bytes.readableBytes
        if let track = entry.track {
            poppedPackets += 1
            forget(entry)
            if entry.isBurst { burstEnd = now }
            reduce(track, by: size)
        } else {
            controlBytes -= size
        }
        return entry.bytes
    }

    /// Packets of before a track was closed and opened again are not counted in its feed, and come first.
    private mutating func reduce(_ track: TrackID, by size: Int) {
        if let waiting = leftBehind[track] {
            leftBehind[track] = waiting > size ? waiting - size : nil
            return
        }
        guard let waiting = feeds[track]?.queuedBytes else { return }
        feeds[track]?.queuedBytes = max(0, waiting - size)
    }

    /// Ends a track whose place another size takes, and tells what was left out of it before.
    private mutating func end(_ track: TrackID, _ now: MonotonicTime) {
        guard var feed = feeds.removeValue(forKey: track) else { return }
        leaveBehind(track, feed)
        tell(track, &feed, now)
    }

    private mutating func leaveBehind(_ track: TrackID, _ feed: Feed) {
        if feed.isVideo, feed.queuedBytes > 0 { leftBehind[track, default: 0] += feed.queuedBytes }
    }

    /// Sound that was dropped is told when the queue has emptied: telling each gap would itself fill the queue.
    private mutating func tellSoundDrops(_ now: MonotonicTime) {
        hasUntoldDrops = false
        for (track, var feed) in feeds where !feed.isVideo {
            tell(track, &feed, now)
            feeds[track] = feed
        }
    }

    private mutating func tell(_ track: TrackID, _ feed: inout Feed, _ now: MonotonicTime) {
        guard feed.dropped > 0, let notice else {
            feed.dropped = 0
            return
        }
        append(control: notice(track, feed.dropped), now: now)
        feed.dropped = 0
    }
}
