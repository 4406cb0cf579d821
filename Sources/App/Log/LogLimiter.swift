import Synchronization

/// Bounds the log: so many lines of a kind from one address at once, then so many a second. Any thread.
///
/// Lines without an address are the program's own. They have a table to themselves, so that no peer can displace them.
package final class LogLimiter: Sendable {
    private struct Kind: Hashable {
        let message: String
        let address: String
    }

    private struct Bucket {
        var lines: Double
        var time: Double
        var skipped = 0

        /// How many lines may be written at `now`.
        func lines(at now: Double) -> Double {
            min(LogLimiter.burst, lines + max(0, now - time) * LogLimiter.perSecond)
        }
    }

    /// Buckets by kind.
    private struct Table {
        private var buckets: [Kind: Bucket] = [:]
        /// Lines left out of buckets that are gone.
        private var forgotten = 0
        private var lastEviction = -Double.infinity

        mutating func admit(_ kind: Kind, now: Double) -> Int? {
            let kind = hasRoom(for: kind, now: now) ? kind : LogLimiter.otherKinds
            var bucket = buckets[kind] ?? Bucket(lines: LogLimiter.burst, time: now)
            bucket.lines = bucket.lines(at: now)
            bucket.time = now
            defer { buckets[kind] = bucket }
            guard bucket.lines >= 1 else {
                bucket.skipped += 1
                return nil
            }
            bucket.lines -= 1
            defer {
                bucket.skipped = 0
                forgotten = 0
            }
            return bucket.skipped + forgotten
        }

        private mutating func hasRoom(for kind: Kind, now: Double) -> Bool {
            if buckets[kind] != nil || buckets.count < LogLimiter.maximumKinds { return true }
            evict(now)
            return buckets.count < LogLimiter.maximumKinds
        }

        /// Removes the buckets that would be full again: a new one says the same. Not more often than once in
        /// ``evictionInterval``, because it walks through all of them.
        private mutating func evict(_ now: Double) {
            guard now - lastEviction >= LogLimiter.evictionInterval else { return }
            lastEviction = now
            var left: [Kind: Bucket] = [:]
            for (kind, bucket) in buckets {
                if bucket.lines(at: now) >= LogLimiter.burst {
                    forgotten += bucket.skipped
                } else {
                    left[kind] = bucket
                }
            }
            buckets = left
        }
    }

    private struct Tables {
        var own = Table()
        var peers = Table()
    }

    /// Lines of one kind at once.
    package static let burst = 50.0
    /// Lines of one kind a second in the long run.
    package static let perSecond = 2.0
    /// Kinds that are told apart in each table; all others share one bucket.
    package static let maximumKinds = 4096
    /// Seconds between two looks for buckets that may go.
    private static let evictionInterval = 1.0
    /// Bytes of a message that tell its kind.
    private static let kindBytes = 60
    private static let otherKinds = Kind(message: "", address: "")

    private let tables = Mutex(Tables())

    /// A limiter that has seen nothing.
    package init() {}

    /// Whether a line may be written at `now`, in seconds of any clock.
    /// - Parameter address: the peer's; empty for lines of the program's own.
    /// - Returns: how many lines were left out that no line has told of yet: those of the kind, and those of kinds that
    ///   were forgotten since; `nil` if this one is to be left out.
    package func admit(_ message: String, of address: String, now: Double) -> Int? {
        let kind = Kind(message: String(message.prefix(Self.kindBytes)), address: address)
        return tables.withLock { tables in
            address.isEmpty ? tables.own.admit(kind, now: now) : tables.peers.admit(kind, now: now)
        }
    }
}
