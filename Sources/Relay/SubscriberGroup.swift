import NIOCore
import Wire

/// Subscribers on one loop who get the very same bytes: they have the same tracks in the same state, and nothing of their
/// own waits.
///
/// Confined to the shard's loop. Its feeds are as they are after the last frame that was appended, not after the last flush.
final class SubscriberGroup {
    /// The tracks that the members get.
    private(set) var feeds: [TrackID: FeedState]
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
        self.frames = frames
        self.packets = packets
    }

    /// Appends a packet if the members get its track and do not wait for a keyframe.
    func append(_ packet: RelayPacket) {
        guard let feed = feeds[packet.track] else { return }
        if feed.needsKeyframe {
            guard packet.isKeyframe else { return }
            feeds[packet.track] = FeedState(isVideo: feed.isVideo, needsKeyframe: false)
            if let other = feed.replaces { feeds[other] = nil }
            hasChanged = true
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
        feeds[track] = state
        hasChanged = true
    }

    /// Ends a track for all members. Packets that were appended are still sent.
    func close(_ track: TrackID) {
        if feeds.removeValue(forKey: track) != nil { hasChanged = true }
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
