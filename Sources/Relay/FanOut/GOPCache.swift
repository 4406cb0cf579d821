package import Media

/// The pictures of one video track since its last keyframe, for those who join late.
///
/// Bounded in bytes and age: beyond a bound it is empty until the next keyframe. Confined to one event loop.
package struct GOPCache<Element> {
    private let maximumBytes: Int
    private let maximumAge: Int64
    private var start = MonotonicTime(nanoseconds: 0)
    private var lastStorage: UInt?

    /// The keyframe and what followed; empty where there is nothing to start from.
    package private(set) var packets: [Element] = []
    /// Bytes of the packets.
    package private(set) var bytes = 0
    /// Bytes of the memory that the packets keep from being freed: a packet may be a part of a larger buffer.
    package private(set) var memory = 0

    /// An empty cache with these bounds, in bytes and nanoseconds.
    package init(maximumBytes: Int, maximumAge: Int64) {
        self.maximumBytes = maximumBytes
        self.maximumAge = maximumAge
    }

    /// Takes the track's next packet of `size` bytes.
    /// - Parameter storage: the memory in which it lies, and how large that is; a packet by itself without.
    package mutating func append(
        _ packet: Element, size: Int, isKeyframe: Bool, now: MonotonicTime,
        storage: (id: UInt, bytes: Int)? = nil
    ) {
        if isKeyframe {
            packets.removeAll(keepingCapacity: true)
            (bytes, memory, lastStorage) = (0, 0, nil)
            start = now
        } else if packets.isEmpty {
            return
        }
        guard bytes + size <= maximumBytes, now - start <= maximumAge else { return removeAll() }
        packets.append(packet)
        bytes += size
        // The packet before keeps its memory alive, so the same identity is the same memory.
        if let storage, storage.id == lastStorage { return }
        memory += storage?.bytes ?? size
        lastStorage = storage?.id
    }

    /// Empties it if it is older than it may be.
    package mutating func expire(now: MonotonicTime) {
        if !packets.isEmpty, now - start > maximumAge { removeAll() }
    }

    /// Empties it up to the next keyframe.
    package mutating func removeAll() {
        packets = []
        (bytes, memory, lastStorage) = (0, 0, nil)
    }
}
