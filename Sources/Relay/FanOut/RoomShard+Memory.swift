import Media
import NIOCore
import Wire

/// What a shard keeps for those who join late.
extension RoomShard {
    /// Counts the cache of one of `owner`'s tracks.
    func charge(_ owner: ConnectionHandler) -> MemoryCharge {
        MemoryCharge(.cache, budget: configuration.memory, account: owner.account)
    }

    /// Keeps a picture for those who join late, if there is memory for it.
    func cache(_ packet: RelayPacket, now: MonotonicTime) {
        let storage = packet.frame.withVeryUnsafeBytesWithStorageManagement { _, storage in
            UInt(bitPattern: storage.toOpaque())
        }
        // In place: a copy of a track costs more than all the rest.
        guard let index = tracks.index(forKey: packet.track) else { return }
        tracks.values[index].cache.append(
            packet, size: packet.frame.readableBytes, isKeyframe: packet.isKeyframe, now: now,
            storage: (storage, packet.frame.storageCapacity))
        let memory = tracks.values[index].cache.memory
        if let charge = tracks.values[index].charge, !charge.set(memory) { return }
        if tracks.values[index].account.exceedsShare || !configuration.memory.hasRoom(for: .cache) {
            dropCache(of: packet.track)
        }
    }

    /// How many full caches may wait for one member at a time. Beyond it the tracks begin at their next keyframes.
    private static let maximumBurst = 4

    /// Lets a member, who is served by itself, begin with what is cached of a track.
    /// - Returns: whether there is something, and not too much of that waits already.
    func appendCache(of id: TrackID, for subscriber: Subscriber, now: MonotonicTime) -> Bool {
        guard let cache = tracks[id]?.cache, !cache.packets.isEmpty else { return false }
        let waiting = subscriber.output.queue?.burstBytes ?? 0
        guard waiting == 0 || waiting + cache.bytes <= Self.maximumBurst * configuration.gopCacheBytes else {
            return false
        }
        subscriber.output.withQueue { queue in
            for packet in cache.packets {
                queue.append(id, packet.frame, isKeyframe: packet.isKeyframe, isBurst: true, now: now)
            }
        }
        return true
    }

    private func dropCache(of track: TrackID) {
        tracks[track]?.cache.removeAll()
        tracks[track]?.charge?.set(0)
    }

    /// Bytes that the caches keep from being freed.
    var cachedMemory: Int { tracks.values.reduce(0) { $0 + $1.cache.memory } }

    /// At least the bytes that came within the time for which anything waits for a subscriber.
    var recentBytes: Int { recent.bytes }

    /// Empties the caches that are older than they may be, whether anything comes or not.
    func expireCaches() {
        loop.preconditionInEventLoop()
        let now = clock.now()
        recent.turn(now: now)
        for id in tracks.keys {
            tracks[id]?.cache.expire(now: now)
            if let track = tracks[id] { track.charge?.set(track.cache.memory) }
        }
    }

    /// Empties all caches: somebody needs the memory more.
    func dropCaches() {
        loop.preconditionInEventLoop()
        for id in tracks.keys { dropCache(of: id) }
    }
}
