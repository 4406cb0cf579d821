import Synchronization

/// Bounds the log: so many lines of a kind from one address at once, then so many a second. Any thread.
package final class LogLimiter: Sendable {
    private struct Kind: Hashable {
        let message: String
        let address: String
    }

    private struct Bucket {
        var lines: Double
        var time: Double
        var skipped = 0
    }

    /// Lines of one kind at once.
    package static let burst = 50.0
    /// Lines of one kind a second in the long run.
    package static let perSecond = 2.0
    /// Kinds that are told apart; all others share one.
    package static let maximumKinds = 4096
    /// Bytes of a message that tell its kind.
    private static let kindBytes = 60

    private let buckets = Mutex<[Kind: Bucket]>([:])

    /// A limiter that has seen nothing.
    package init() {}

    /// Whether a line may be written at `now`, in seconds of any clock.
    /// - Returns: how many of the kind were left out before it; `nil` if it is to be left out.
    package func admit(_ message: String, of address: String, now: Double) -> Int? {
        buckets.withLock { buckets in
            var kind = Kind(message: String(message.prefix(Self.kindBytes)), address: address)
            if buckets[kind] == nil, buckets.count >= Self.maximumKinds {
                // Those that would be full again say nothing that a new one does not.
                buckets = buckets.filter { $0.value.skipped > 0 || !Self.isFull($0.value, now) }
                if buckets.count >= Self.maximumKinds { kind = Kind(message: "", address: "") }
            }
            var bucket = buckets[kind] ?? Bucket(lines: Self.burst, time: now)
            bucket.lines = min(Self.burst, bucket.lines + max(0, now - bucket.time) * Self.perSecond)
            bucket.time = now
            defer { buckets[kind] = bucket }
            guard bucket.lines >= 1 else {
                bucket.skipped += 1
                return nil
            }
            bucket.lines -= 1
            defer { bucket.skipped = 0 }
            return bucket.skipped
        }
    }

    private static func isFull(_ bucket: Bucket, _ now: Double) -> Bool {
        bucket.lines + (now - bucket.time) * perSecond >= burst
    }
}
