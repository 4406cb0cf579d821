package import Media

/// Limits the keyframe requests for one track: at most one per interval, and one at the end of an interval in which
/// somebody asked. Pure: time is given.
package struct KeyframeCoalescer {
    /// What to do about a request.
    package enum Decision: Sendable, Hashable {
        /// Ask the publisher now.
        case ask
        /// Call ``fire(now:)`` after this many nanoseconds.
        case wait(Int64)
        /// Nothing: one is already going to be sent.
        case covered
    }

    private let interval: Int64
    private var lastAsked: MonotonicTime?
    private var isPending = false

    /// A coalescer with this interval, in nanoseconds.
    package init(interval: Int64) { self.interval = interval }

    /// Somebody wants a keyframe.
    package mutating func request(now: MonotonicTime) -> Decision {
        guard !isPending else { return .covered }
        guard let lastAsked, now - lastAsked < interval else {
            self.lastAsked = now
            return .ask
        }
        isPending = true
        return .wait(max(0, interval - (now - lastAsked)))
    }

    /// The wait is over: ask the publisher.
    package mutating func fire(now: MonotonicTime) {
        isPending = false
        lastAsked = now
    }
}
