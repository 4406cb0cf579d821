import Media
import NIOCore
import Wire

/// The part of a room on one event loop: its subscribers there, and what they need to be served.
///
/// Confined to `loop`. A publisher's packets enter at the shard of its own loop (the track's origin), which hands
/// each batch on to every other shard once. How they go to the subscribers is in `RoomShard+FanOut.swift`.
final class RoomShard: @unchecked Sendable {
    // SAFETY: every method checks that it runs on `loop`; what other threads see is constant.

    struct Track {
        let traits: TrackTraits
        /// Its smaller version.
        var layer: TrackID?
        var owner: ObjectIdentifier
        var isOrigin: Bool
        /// Whether the origin has still to send what it has cached.
        var awaitsSeed: Bool
        var cache: GOPCache<RelayPacket>
        /// Of its publisher's address.
        var account: MemoryAccount
        /// Counts what is cached, in the shard where it came from only: the others have the same packets.
        var charge: MemoryCharge?
    }

    /// Nanoseconds after a subscription to a track for which the same member does not get its cached pictures again: a
    /// subscription costs its sender 20 bytes and the server megabytes.
    private static let reopeningInterval: Int64 = 1_000_000_000

    let loop: any EventLoop
    let room: Room
    let loopState: RelayLoop
    let configuration: RelayConfiguration
    let clock: MediaClock
    private let tap: (any RoomTap)?
    var recent = RecentBytes()
    private(set) var subscribers: [ObjectIdentifier: Subscriber] = [:]
    var tracks: [TrackID: Track] = [:]
    private var peers: [RoomShard] = []
    /// Those who are served together.
    var groups: [SubscriberGroup] = []
    /// Those who are served by themselves.
    var individuals: ContiguousArray<Subscriber> = []
    var pending: FlushTimer

    init(loop: any EventLoop, room: Room, tap: (any RoomTap)?, relay: RelayContext) {
        self.loop = loop
        self.room = room
        self.tap = tap
        loopState = relay.loopState(of: loop)
        configuration = relay.configuration
        clock = relay.clock
        pending = FlushTimer(tick: Int64(relay.configuration.tickInMilliseconds) * 1_000_000)
    }

    /// Begins. On the loop, before anything else.
    func begin() { loopState.add(self) }

    /// Ends: nobody is left here.
    func end() {
        loop.preconditionInEventLoop()
        loopState.remove(self)
        tracks = [:]
    }

    // MARK: Members

    /// Lets a member in, who gets what happens from now on, and no media before it subscribes.
    func add(_ connection: ConnectionHandler) -> Subscriber {
        loop.preconditionInEventLoop()
        let subscriber = Subscriber(connection: connection)
        subscribers[ObjectIdentifier(connection)] = subscriber
        if connection.output.queue == nil { connection.output.beginQueue([:]) }
        addIndividual(subscriber)
        settle(subscriber)
        return subscriber
    }

    /// Lets a member go. What waits in its queue is still sent.
    func remove(_ subscriber: Subscriber) {
        loop.preconditionInEventLoop()
        subscribers[ObjectIdentifier(subscriber.connection)] = nil
        if let group = subscriber.group {
            group.remove(subscriber)
        } else {
            removeIndividual(subscriber)
        }
    }

    /// Sends a control frame to all members but one, behind the media that has come so far.
    func broadcast(_ message: ByteBuffer, except: ObjectIdentifier?) {
        loop.preconditionInEventLoop()
        let now = clock.now()
        let exception = except.flatMap { subscribers[$0] }
        if let exception { catchUp(exception) }
        for group in groups { group.append(control: message) }
        if let exception, let group = exception.group { group.skip(exception, to: group.frames.count) }
        for subscriber in individuals where subscriber !== exception {
            subscriber.output.withQueue { $0.append(control: message, now: now) }
        }
        pending.add(bytes: message.readableBytes, isSound: false, now: now)
        scheduleFlush(now: now)
    }

    // MARK: Tracks

    func addTrack(_ track: TrackID, _ traits: TrackTraits, owner: ConnectionHandler, awaitsSeed: Bool) {
        loop.preconditionInEventLoop()
        let isOrigin = owner.loop === loop
        let id = ObjectIdentifier(owner)
        tracks[track] = Track(
            traits: traits, owner: id, isOrigin: isOrigin, awaitsSeed: awaitsSeed && !isOrigin,
            cache: GOPCache(
                maximumBytes: configuration.gopCacheBytes,
                maximumAge: Int64(configuration.gopCacheInSeconds * 1e9)),
            account: owner.account, charge: isOrigin ? charge(owner) : nil)
        if let top = traits.top { return addLayer(track, of: top) }
        let now = clock.now()
        var isWanted = false
        for subscriber in subscribers.values where subscriber.wants(track, of: id) {
            isWanted = true
            _ = subscriber.noteOpening(of: track, now: now)
        }
        guard isWanted else { return }
        let state = FeedState(beginning: traits.kind)
        for group in groups { open(track, state, in: group, owner: id) }
        for subscriber in individuals where subscriber.wants(track, of: id) {
            subscriber.output.withQueue { $0.open(track, state) }
        }
        if traits.kind == .video, tracks[track]?.awaitsSeed == false { room.requestKeyframe(track) }
    }

    /// Begins a track for those of a group who want it.
    private func open(
        _ track: TrackID, _ state: FeedState, in group: SubscriberGroup, owner: ObjectIdentifier
    ) {
        let wanting = group.members.filter { $0.wants(track, of: owner) }
        guard wanting.count < group.members.count else { return group.open(track, state) }
        guard !wanting.isEmpty else { return }
        let new = SubscriberGroup(feeds: group.feeds, frames: group.frames, packets: group.packets)
        new.open(track, state)
        groups.append(new)
        for subscriber in wanting {
            let start = subscriber.start
            group.remove(subscriber)
            new.add(subscriber, from: start)
        }
    }

    /// The track's participant came back with another connection, which its packets come from now on.
    func moveTrack(_ track: TrackID, to owner: ConnectionHandler) {
        loop.preconditionInEventLoop()
        tracks[track]?.owner = ObjectIdentifier(owner)
        tracks[track]?.isOrigin = owner.loop === loop
        tracks[track]?.awaitsSeed = false
        tracks[track]?.account = owner.account
        tracks[track]?.charge = owner.loop === loop ? charge(owner) : nil
    }

    func removeTrack(_ track: TrackID) {
        loop.preconditionInEventLoop()
        let gone = tracks.removeValue(forKey: track)
        if let top = gone?.traits.top { return removeLayer(track, of: top) }
        for group in groups { group.close(track) }
        for subscriber in individuals { subscriber.output.withQueue { $0.close(track) } }
        for subscriber in subscribers.values { subscriber.forget(track) }
    }

    // MARK: Subscriptions

    /// Starts media for a member: of the tracks named, or of all present and future ones.
    /// - Parameter maximumHeight: `nil` where it does not know layers.
    func subscribe(_ subscriber: Subscriber, to wanted: [TrackID]?, maximumHeight: Int?) {
        loop.preconditionInEventLoop()
        let now = clock.now()
        separate(subscriber)
        // A layer's number says nothing, and is not forgotten with a track.
        subscriber.preference.set(
            maximumHeight, for: wanted?.filter { tracks[$0].map { $0.traits.top == nil } ?? false })
        if let wanted {
            for track in wanted {
                subscriber.excluded.remove(track)
                open(track, for: subscriber, now: now)
            }
        } else {
            subscriber.wantsAll = true
            subscriber.excluded = []
            for track in tracks.keys.sorted() { open(track, for: subscriber, now: now) }
        }
        subscriber.connection.flushOutput(now: now)
    }

    /// Stops media for a member: of the tracks named, or altogether.
    func unsubscribe(_ subscriber: Subscriber, from unwanted: [TrackID]?) {
        loop.preconditionInEventLoop()
        separate(subscriber)
        if let unwanted {
            // A layer comes and goes with its track, which is what can be asked for.
            for track in unwanted where tracks[track].map({ $0.traits.top == nil }) ?? false {
                subscriber.excluded.insert(track)
                close(track, for: subscriber)
            }
        } else {
            subscriber.wantsAll = false
            subscriber.excluded = []
            for track in tracks.keys { close(track, for: subscriber) }
        }
        subscriber.connection.flushOutput(now: clock.now())
    }

    private func close(_ id: TrackID, for subscriber: Subscriber) {
        subscriber.output.withQueue { queue in
            queue.close(id)
            if let layer = tracks[id]?.layer { queue.close(layer) }
        }
    }

    /// Begins a track for a member, in the size that it should get.
    private func open(_ top: TrackID, for subscriber: Subscriber, now: MonotonicTime) {
        let id = choice(of: top, for: subscriber)
        guard tracks[top]?.traits.top == nil, let track = tracks[id],
            track.owner != ObjectIdentifier(subscriber.connection), !subscriber.excluded.contains(top),
            let queue = subscriber.output.queue
        else { return }
        if [top, tracks[top]?.layer].contains(where: { $0.map(queue.isOpen) ?? false }) {
            return adjust(top, for: subscriber, asks: true)
        }
        subscriber.output.withQueue { $0.open(id, kind: track.traits.kind) }
        let last = subscriber.noteOpening(of: top, now: now)
        guard track.traits.kind == .video else { return }
        let isRecent = last.map { now - $0 < Self.reopeningInterval } ?? false
        if !isRecent, appendCache(of: id, for: subscriber, now: now) { return }
        if !track.awaitsSeed { room.requestKeyframe(id) }
    }

    // MARK: Media

    /// Takes a batch from a publisher on this loop: to the tap, to the members here, once to every other shard.
    func publish(_ batch: [RelayPacket]) {
        loop.preconditionInEventLoop()
        for packet in batch {
            loopState.counters.packetsIn += 1
            loopState.counters.bytesIn += packet.frame.readableBytes
        }
        if let tap {
            // Recorded is what was captured, not a smaller version of it.
            for packet in batch where !isLayer(packet.track) {
                tap.packet(
                    packet.track, packet.header.packet(payload: packet.payload),
                    sequence: packet.header.sequence)
            }
        }
        deliver(batch)
        for peer in peers {
            peer.loop.execute { peer.deliver(batch) }
        }
    }

    /// Looked up in place: a copy of a track costs more than the rest of a packet.
    private func isLayer(_ id: TrackID) -> Bool {
        tracks.index(forKey: id).map { tracks.values[$0].traits.top != nil } ?? false
    }

    /// Caches a batch and fans it out.
    private func deliver(_ batch: [RelayPacket]) {
        loop.preconditionInEventLoop()
        let now = clock.now()
        for packet in batch {
            recent.add(packet.frame.readableBytes)
            if packet.kind == .video { cache(packet, now: now) }
        }
        fanOut(batch, now: now)
    }

    // MARK: Other shards

    /// From now on `peer` gets every batch from here; first what is cached, so that it misses nothing.
    func addPeer(_ peer: RoomShard) {
        loop.preconditionInEventLoop()
        peers.append(peer)
        // How long it was kept says nothing of how long relaying takes.
        let now = clock.now()
        for (id, track) in tracks where track.isOrigin {
            let cached = track.cache.packets.map { packet in
                var packet = packet
                packet.arrival = now
                return packet
            }
            peer.loop.execute { peer.seed(id, cached) }
        }
    }

    func removePeer(_ peer: RoomShard) {
        loop.preconditionInEventLoop()
        peers.removeAll { $0 === peer }
    }

    private func seed(_ id: TrackID, _ cached: [RelayPacket]) {
        loop.preconditionInEventLoop()
        // Its participant may have come back on this loop meanwhile: then what is cached elsewhere is of the past.
        guard let track = tracks[id], track.awaitsSeed else { return }
        tracks[id]?.awaitsSeed = false
        let now = clock.now()
        for packet in cached {
            recent.add(packet.frame.readableBytes)
            cache(packet, now: now)
        }
        for subscriber in subscribers.values where subscriber.feeds[id]?.needsKeyframe == true {
            separate(subscriber)
            if !appendCache(of: id, for: subscriber, now: now), !cached.isEmpty { room.requestKeyframe(id) }
            subscriber.connection.flushOutput(now: now)
        }
        if cached.isEmpty, track.traits.kind == .video, isAwaitingKeyframe(of: id) {
            room.requestKeyframe(id)
        }
    }
}
