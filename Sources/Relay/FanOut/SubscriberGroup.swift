import NIOCore
import Wire

/// Subscribers on one loop who get the very same bytes: they have the same tracks in the same state, and nothing of their
/// own waits.
///
/// Confined to the shard's loop. Its feeds are as they are after the last frame that was appended, not after the last flush.
final class SubscriberGroup {
    /// The tracks that the members get.
    private(set) var feeds: [TrackID: FeedState]
    /// The same for the same feeds: in a conference each participant has a group of its own, with hundreds of feeds of
    /// which hardly one differs, and nearly as many groups are looked through.
    private var fingerprint: Int
    /// What the next flush sends.
    private(set) var frames: ContiguousArray<FanOutFrame>
    /// How many of the frames are media.
    private(set) var packets: Int
    private(set) var members: ContiguousArray<Subscriber> = []
    /// The members' sockets, in the same order: a flush touches nothing else of a member, because each touch is a cache miss
    /// for each member. −1 for those who do not get the frames from the first on.
    private(set) var descriptors: ContiguousArray<CInt> = []
    /// Members that have got the first of the frames otherwise.
    private(set) var latecomers: ContiguousArray<Subscriber> = []
    /// Whether the feeds have changed, so that there may be another group with the same.
    var hasChanged = false

    /// A group without members.
    init(feeds: [TrackID: FeedState], frames: ContiguousArray<FanOutFrame> = [], packets: Int = 0) {
        self.feeds = feeds
        fingerprint = Self.fingerprint(of: feeds)
        self.frames = frames
        self.packets = packets
    }

    /// What ``has(_:fingerprint:)`` needs.
    static func fingerprint(of feeds: [TrackID: FeedState]) -> Int {
        feeds.reduce(0) { $0 ^ fingerprint(of: $1.key, $1.value) }
    }

    private static func fingerprint(of track: TrackID, _ state: FeedState) -> Int {
        var hasher = Hasher()
        hasher.combine(track)
        hasher.combine(state)
        return hasher.finalize()
    }

    /// Whether the members get these tracks in this state.
    func has(_ feeds: [TrackID: FeedState], fingerprint: Int) -> Bool {
        self.fingerprint == fingerprint && self.feeds == feeds
    }

    /// Whether the members get the same as those of another group.
    func isSame(as other: SubscriberGroup) -> Bool { has(other.feeds, fingerprint: other.fingerprint) }

    private func set(_ track: TrackID, _ state: FeedState?) {
        if let old = feeds[track] { fingerprint ^= Self.fingerprint(of: track, old) }
        feeds[track] = state
        if let state { fingerprint ^= Self.fingerprint(of: track, state) }
        hasChanged = true
    }

    /// Appends a packet if the members get its track and do not wait for a keyframe.
    func append(_ packet: RelayPacket) {
        guard let feed = feeds[packet.track] else { return }
        if feed.needsKeyframe {
            guard packet.isKeyframe else { return }
            set(packet.track, FeedState(isVideo: feed.isVideo, needsKeyframe: false))
            if let other = feed.replaces { set(other, nil) }
        }
        frames.append(
            FanOutFrame(bytes: packet.frame, track: packet.track, isKeyframe: packet.isKeyframe))
        packets += 1
    }

    /// Appends a control message.
    func append(control bytes: ByteBuffer) {
        frames.append(FanOutFrame(bytes: bytes, track: nil, isKeyframe: false))
    }

    /// Begins a track for all members.
    func open(_ track: TrackID, _ state: FeedState) {
        guard feeds[track] == nil else { return }
        set(track, state)
    }

    /// Ends a track for all members. Packets that were appended are still sent.
    func close(_ track: TrackID) {
        if feeds[track] != nil { set(track, nil) }
    }

    /// Takes a member that belongs to no group. It gets the frames from index `start` on.
    func add(_ subscriber: Subscriber, from start: Int) {
        subscriber.group = self
        subscriber.position = members.count
        members.append(subscriber)
        descriptors.append(subscriber.output.descriptor)
        skip(subscriber, to: start)
    }

    /// The frames before index `start` are not for this member.
    func skip(_ subscriber: Subscriber, to start: Int) {
        if start > 0 && subscriber.start == 0 {
            latecomers.append(subscriber)
            descriptors[subscriber.position] = -1
        }
        subscriber.start = start
    }

    /// Lets a member go, in constant time but for latecomers; the order of the others changes.
    func remove(_ subscriber: Subscriber) {
        let position = subscriber.position
        members.swapAt(position, members.count - 1)
        members[position].position = position
        members.removeLast()
        descriptors.swapAt(position, descriptors.count - 1)
        descriptors.removeLast()
        if subscriber.start > 0 { latecomers.removeAll { $0 === subscriber } }
        subscriber.group = nil
        subscriber.start = 0
    }

    /// Forgets the frames after they were sent.
    func clear() {
        frames.removeAll(keepingCapacity: true)
        packets = 0
        for subscriber in latecomers {
            subscriber.start = 0
            descriptors[subscriber.position] = subscriber.output.descriptor
        }
        latecomers.removeAll()
    }
}
