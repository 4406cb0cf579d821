import Media
import NIOCore
import Wire

/// The part of a room on one event loop: its members there, and what they need to be served.
///
/// Confined to `loop`. A publisher's packets enter at the shard of its own loop (the track's origin), which hands
/// each batch on to every other shard once.
final class RoomShard: @unchecked Sendable {
    // SAFETY: every method checks that it runs on `loop`; what other threads see is constant.

    private struct Track {
        let kind: MediaKind
        var owner: ObjectIdentifier
        var isOrigin: Bool
        /// Whether the origin has still to send what it has cached.
        var awaitsSeed: Bool
        var cache: GOPCache<RelayPacket>
    }

    private struct Subscription {
        var all = false
        var excluded: Set<TrackID> = []
    }

    /// Nanoseconds after a subscription to a track for which the same member does not get its cached pictures again: a
    /// subscription costs its sender 20 bytes and the server megabytes.
    private static let reopeningInterval: Int64 = 1_000_000_000

    let loop: any EventLoop
    private let room: Room
    private let tap: (any RoomTap)?
    private let configuration: RelayConfiguration
    private let clock: MediaClock
    private var members: [ConnectionHandler] = []
    private var subscriptions: [ObjectIdentifier: Subscription] = [:]
    private var opened: [ObjectIdentifier: [TrackID: MonotonicTime]] = [:]
    private var tracks: [TrackID: Track] = [:]
    private var peers: [RoomShard] = []

    init(loop: any EventLoop, room: Room, tap: (any RoomTap)?, relay: RelayContext) {
        self.loop = loop
        self.room = room
        self.tap = tap
        configuration = relay.configuration
        clock = relay.clock
    }

    // MARK: Members

    func add(_ member: ConnectionHandler) {
        loop.preconditionInEventLoop()
        members.append(member)
        subscriptions[ObjectIdentifier(member)] = Subscription()
    }

    func remove(_ member: ConnectionHandler) {
        loop.preconditionInEventLoop()
        members.removeAll { $0 === member }
        subscriptions[ObjectIdentifier(member)] = nil
        opened[ObjectIdentifier(member)] = nil
    }

    /// Sends a control frame to all members but one.
    func broadcast(_ message: ByteBuffer, except: ObjectIdentifier?) {
        loop.preconditionInEventLoop()
        let now = clock.now()
        for member in members where ObjectIdentifier(member) != except {
            member.send(message, now: now)
        }
    }

    // MARK: Tracks

    func addTrack(_ track: TrackID, kind: MediaKind, owner: ConnectionHandler, awaitsSeed: Bool) {
        loop.preconditionInEventLoop()
        let isOrigin = owner.loop === loop
        tracks[track] = Track(
            kind: kind, owner: ObjectIdentifier(owner), isOrigin: isOrigin,
            awaitsSeed: awaitsSeed && !isOrigin,
            cache: GOPCache(
                maximumBytes: configuration.gopCacheBytes,
                maximumAge: Int64(configuration.gopCacheInSeconds * 1e9)))
        for member in members where member !== owner {
            guard subscriptions[ObjectIdentifier(member)]?.all == true else { continue }
            open(track, for: member, now: clock.now())
        }
    }

    /// The track's participant came back with another connection, which its packets come from now on.
    func moveTrack(_ track: TrackID, to owner: ConnectionHandler) {
        loop.preconditionInEventLoop()
        tracks[track]?.owner = ObjectIdentifier(owner)
        tracks[track]?.isOrigin = owner.loop === loop
        tracks[track]?.awaitsSeed = false
    }

    func removeTrack(_ track: TrackID) {
        loop.preconditionInEventLoop()
        tracks[track] = nil
        for member in members {
            member.close(track)
            subscriptions[ObjectIdentifier(member)]?.excluded.remove(track)
            opened[ObjectIdentifier(member)]?[track] = nil
        }
    }

    // MARK: Subscriptions

    /// Starts media for a member: of the tracks named, or of all present and future ones.
    func subscribe(_ member: ConnectionHandler, to wanted: [TrackID]?) {
        loop.preconditionInEventLoop()
        let id = ObjectIdentifier(member)
        let now = clock.now()
        if let wanted {
            for track in wanted {
                subscriptions[id]?.excluded.remove(track)
                open(track, for: member, now: now)
            }
        } else {
            subscriptions[id] = Subscription(all: true)
            for track in tracks.keys.sorted() { open(track, for: member, now: now) }
        }
        member.flushOutput(now: now)
    }

    /// Stops media for a member: of the tracks named, or altogether.
    func unsubscribe(_ member: ConnectionHandler, from unwanted: [TrackID]?) {
        loop.preconditionInEventLoop()
        let id = ObjectIdentifier(member)
        if let unwanted {
            for track in unwanted where tracks[track] != nil {
                subscriptions[id]?.excluded.insert(track)
                member.close(track)
            }
        } else {
            subscriptions[id] = Subscription()
            for track in tracks.keys { member.close(track) }
        }
    }

    private func open(_ id: TrackID, for member: ConnectionHandler, now: MonotonicTime) {
        guard let track = tracks[id], track.owner != ObjectIdentifier(member), !member.isOpen(id) else {
            return
        }
        if subscriptions[ObjectIdentifier(member)]?.excluded.contains(id) == true { return }
        member.open(id, kind: track.kind)
        guard track.kind == .video else { return }
        let last = opened[ObjectIdentifier(member), default: [:]].updateValue(now, forKey: id)
        let isRecent = last.map { now - $0 < Self.reopeningInterval } ?? false
        // A GOP that would fill most of the queue would be dropped again at once.
        if !isRecent, !track.cache.packets.isEmpty,
            track.cache.bytes <= configuration.subscriberQueueBytes / 2
        {
            for packet in track.cache.packets { member.offer(packet, now: now) }
        } else if !track.awaitsSeed {
            room.requestKeyframe(id)
        }
    }

    // MARK: Media

    /// Takes a batch from a publisher on this loop: to the tap, to the members here, once to every other shard.
    func publish(_ batch: [RelayPacket]) {
        loop.preconditionInEventLoop()
        if let tap {
            for packet in batch { tap.packet(packet.track, packet.header.packet(payload: packet.payload)) }
        }
        deliver(batch)
        for peer in peers {
            peer.loop.execute { peer.deliver(batch) }
        }
    }

    /// Caches a batch and fans it out. All packets are queued for a member before its one flush.
    private func deliver(_ batch: [RelayPacket]) {
        loop.preconditionInEventLoop()
        let now = clock.now()
        for packet in batch where packet.kind == .video {
            tracks[packet.track]?.cache.append(
                packet, size: packet.frame.readableBytes, isKeyframe: packet.isKeyframe, now: now)
        }
        for member in members {
            var isTaken = false
            for packet in batch where member.offer(packet, now: now) { isTaken = true }
            if isTaken { member.flushOutput(now: now) }
        }
    }

    // MARK: Other shards

    /// From now on `peer` gets every batch from here; first what is cached, so that it misses nothing.
    func addPeer(_ peer: RoomShard) {
        loop.preconditionInEventLoop()
        peers.append(peer)
        for (id, track) in tracks where track.isOrigin {
            let cached = track.cache.packets
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
        deliver(cached)
        let hasWaiting = members.contains { $0.needsKeyframe(of: id) }
        if cached.isEmpty, track.kind == .video, hasWaiting { room.requestKeyframe(id) }
    }
}
