package import Media

/// Decides which packets of a live video track are still worth decoding, so that a machine that is too slow loses pictures
/// instead of falling further and further behind.
///
/// Pictures that were captured before the track was asked for come in a burst and are late by nature: they pass. Pure:
/// time is given.
package struct LatenessGate {
    /// A picture that is so much older than now when its decoding could begin is too late, nanoseconds.
    private static let limit: Int64 = 1_500_000_000

    /// When the track was asked for, the last time.
    package var asked: MonotonicTime
    private var isSkipping = false

    /// What to do with a packet.
    package enum Decision {
        case decode
        /// It is left out, and so are the next ones up to a keyframe.
        case skip(asksForKeyframe: Bool)
    }

    /// - Parameter asked: when the track was asked for.
    package init(asked: MonotonicTime) { self.asked = asked }

    /// Decides on the next packet in decoding order.
    package mutating func decide(captured: MonotonicTime, isKeyframe: Bool, now: MonotonicTime) -> Decision {
        let isLate = captured >= asked && now - captured > Self.limit
        if isLate {
            defer { isSkipping = true }
            return .skip(asksForKeyframe: !isSkipping)
        }
        if isSkipping, !isKeyframe { return .skip(asksForKeyframe: false) }
        isSkipping = false
        return .decode
    }
}
