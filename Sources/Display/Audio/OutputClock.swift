package import Media

/// When the next block of sound will be audible, from the irregular instants at which a sound card asks for
/// it.
///
/// The card itself is regular: time goes on by the length of each block, and what the calls' instants say
/// corrects it slowly, so that their jitter is not heard.
package struct OutputClock: Sendable {
    /// Beyond this, nanoseconds, the card stood still or skipped, and the clock starts anew.
    private static let discontinuity: Int64 = 60_000_000
    /// Share of the difference by which one call corrects the clock.
    private static let weight: Int64 = 50

    private var next: MonotonicTime?

    /// A clock that knows nothing yet.
    package init() {}

    /// When a block of `duration` nanoseconds is audible that is asked for at `now`, where sound takes
    /// `latency` nanoseconds from there to the loudspeaker.
    package mutating func audibleAt(now: MonotonicTime, latency: Int64, duration: Int64) -> MonotonicTime {
        let measured = now + latency
        var audible = next ?? measured
        let difference = measured - audible
        audible = abs(difference) > Self.discontinuity ? measured : audible + difference / Self.weight
        next = audible + duration
        return audible
    }
}
