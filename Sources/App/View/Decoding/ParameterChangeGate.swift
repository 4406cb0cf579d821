package import Media

/// Bounds how often a track may make its decoder start anew: four times at once, once a second in the long run.
///
/// A change of the sequence parameter sets costs as much as dozens of pictures, and the decoders of all tracks share a few
/// threads: a publisher that changes them with every picture would take the time of everybody else's. Such a track is
/// left out up to a keyframe that may be decoded again. Pure: time is given.
package struct ParameterChangeGate {
    private var changes = TokenBucket(burst: 4, perSecond: 1)
    /// The sets in which the decoder is.
    private var current: [[UInt8]] = []
    private var isSkipping = false

    /// A gate before the first packet, which counts as a change.
    package init() {}

    /// Whether the next packet, in decoding order, may be decoded.
    package mutating func admits(_ packet: Packet, now: MonotonicTime) -> Bool {
        // Also where it does not say that it is a keyframe: a decoder does not ask.
        let sets = packet.payload.withUnsafeBytes { AccessUnit(annexB: $0).sequenceParameterSets }
        guard !sets.isEmpty else { return !isSkipping }
        if sets != current {
            isSkipping = !changes.take(now: now)
            if !isSkipping { current = sets }
        } else if packet.isKeyframe {
            isSkipping = false
        }
        return !isSkipping
    }
}
