/// What a server has relayed since it started, and what waits in it now.
///
/// Each event loop counts for itself with plain integers, without locks or atomics; ``RelayServer/counters()`` hops onto
/// every loop and adds them up. Counters only grow, gauges say what is at the moment.
public struct RelayCounters: Sendable, Hashable {
    /// How often a quantity lay in which range. Bucket 0 counts zeros, bucket *n* values from 2^(n−1) to 2^n − 1, and
    /// the last one everything above.
    public struct Histogram: Sendable, Hashable {
        /// Counts by bucket.
        public private(set) var buckets: [Int]
        /// Sum of all values.
        public private(set) var sum = 0

        /// No values yet, in this many buckets.
        public init(buckets: Int) { self.buckets = Array(repeating: 0, count: max(1, buckets)) }

        /// Number of values.
        public var count: Int { buckets.reduce(0, +) }

        /// Largest value that bucket `index` counts, or `nil` for the last, which has no end.
        public func upperBound(ofBucket index: Int) -> Int? {
            index < buckets.count - 1 ? (1 << index) - 1 : nil
        }

        /// Adds a value `weight` times; negative values count as 0.
        package mutating func add(_ value: Int, weight: Int = 1) {
            let value = max(0, value)
            let bucket = Int.bitWidth - value.leadingZeroBitCount
            buckets[min(bucket, buckets.count - 1)] += weight
            sum &+= value &* weight
        }

        static func += (left: inout Histogram, right: Histogram) {
            for (index, count) in right.buckets.enumerated() where index < left.buckets.count {
                left.buckets[index] += count
            }
            left.sum &+= right.sum
        }
    }

    /// Media packets received from publishers.
    public internal(set) var packetsIn = 0
    /// Bytes of their frames.
    public internal(set) var bytesIn = 0
    /// Media packets handed to the sockets of subscribers.
    public internal(set) var packetsOut = 0
    /// Bytes of frames handed to sockets, control messages included.
    public internal(set) var bytesOut = 0
    /// Flushes of a room's batch to its subscribers on one loop.
    public internal(set) var flushes = 0
    /// `sendmsg` calls of those flushes.
    public internal(set) var sends = 0
    /// Of those, calls after which something was left for the subscriber's queue.
    public internal(set) var shortSends = 0
    /// Pictures not sent to a subscriber that read too slowly.
    public internal(set) var droppedVideoPackets = 0
    /// Packets of sound not sent to a subscriber that read too slowly.
    public internal(set) var droppedAudioPackets = 0
    /// Subscribers cut off because they took nothing for too long.
    public internal(set) var slowConsumers = 0
    /// Keyframes asked of publishers.
    public internal(set) var keyframeRequests = 0
    /// How often a subscriber was moved to smaller pictures or back because of how fast it reads.
    public internal(set) var layerMoves = 0
    /// Packets a flush.
    public internal(set) var flushSizes = Histogram(buckets: 12)
    /// Microseconds from the arrival of a packet to the end of its flush; each packet counts once a flush, however many
    /// subscribers it went to.
    public internal(set) var latencies = Histogram(buckets: 24)

    /// Gauge: connections that are open.
    public internal(set) var connections = 0
    /// Gauge: bytes waiting in subscribers' queues.
    public internal(set) var queuedBytes = 0
    /// Gauge: subscribers for which something waits.
    public internal(set) var queueingSubscribers = 0

    /// Nothing counted yet.
    public init() {}

    /// Adds what another loop has counted.
    static func += (left: inout RelayCounters, right: RelayCounters) {
        for field in [
            \RelayCounters.packetsIn, \.bytesIn, \.packetsOut, \.bytesOut, \.flushes, \.sends, \.shortSends,
            \.droppedVideoPackets, \.droppedAudioPackets, \.slowConsumers, \.keyframeRequests, \.layerMoves,
            \.connections,
            \.queuedBytes, \.queueingSubscribers,
        ] {
            left[keyPath: field] += right[keyPath: field]
        }
        left.flushSizes += right.flushSizes
        left.latencies += right.latencies
    }
}
