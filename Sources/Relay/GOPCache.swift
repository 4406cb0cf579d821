package import Media

/// The pictures of one video track since its last keyframe, for those who join late.
///
/// Bounded in bytes and age: beyond a bound it is empty until the next keyframe. Confined to one event loop.
package struct GOPCache<Element> {
    private let maximumBytes: Int
    private let maximumAge: Int64
    private var start = MonotonicTime(nanoseconds: 0)

    /// The keyframe and what followed; empty where there is nothing to start from.
    package private(set) var packets: [Element] = []
    /// Bytes of the packets.
    package private(set) var bytes = 0

    /// An empty cache with these bounds, in bytes and nanoseconds.
    package init(maximumBytes: Int, maximumAge: Int64) {
        self.maximumBytes = maximumBytes
        self.maximumAge = maximumAge
    }

    /// Takes the track's next packet of `size` bytes.
    package mutating func append(_ packet: Element, size: Int, isKeyframe: Bool, now: MonotonicTime) {
        if isKeyframe {
            packets.removeAll(keepingCapacity: true)
            bytes = 0
            start = now
        } else if packets.isEmpty {
            return
        }
        guard bytes + size <= maximumBytes, now - start <= maximumAge else {
            packets = []
            bytes = 0
            return
        }
        packets.append(packet)
        bytes += size
    }
}
