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
        tracks[packet.track]?.cache.append(
            packet, size: packet.frame.readableBytes, isKeyframe: packet.isKeyframe, now: now,
            storage: (storage, packet.frame.storageCapacity))
        guard let track = tracks[packet.track] else { return }
        track.charge?.set(track.cache.memory)
        if track.account.exceedsShare || !configuration.memory.hasRoom(for: .cache) {
            dropCache(of: packet.track)
        }
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
