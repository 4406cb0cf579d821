package import Media

/// How much sound should wait in an output: more after each time that it ran dry, less again after a long calm. Pure: time
/// is given.
package struct OutputBufferLength: Sendable {
    /// Nanoseconds at the beginning.
    package static let initial: Int64 = 40_000_000
    /// Nanoseconds at least.
    package static let minimum: Int64 = 20_000_000
    /// Nanoseconds at most: what is later still disturbs a conversation more than a gap.
    package static let maximum: Int64 = 250_000_000
    /// What is taken away at a time.
    private static let step: Int64 = 5_000_000
    /// From the last time that it ran dry to the first step down, and from step to step.
    private static let calm: Int64 = 30_000_000_000
    private static let stepInterval: Int64 = 5_000_000_000
    /// A length that was too short once is not tried again for so long.
    private static let memory: Int64 = 600_000_000_000
    /// Running dry again within this time is the same event: the longer buffer is not full yet.
    private static let settling: Int64 = 100_000_000

    /// Nanoseconds of sound that should wait.
    package private(set) var length = OutputBufferLength.initial
    private var nextStep: MonotonicTime
    private var lastGrowth: MonotonicTime?
    private var tooShort: (length: Int64, until: MonotonicTime)?

    /// The initial length.
    package init(at now: MonotonicTime) { nextStep = now + Self.calm }

    /// The output ran dry.
    /// - Returns: whether the length has changed.
    package mutating func ranDry(at now: MonotonicTime) -> Bool {
        nextStep = now + Self.calm
        if let lastGrowth, now - lastGrowth < Self.settling { return false }
        lastGrowth = now
        tooShort = (length, now + Self.memory)
        let before = length
        length = min(length * 3 / 2, Self.maximum)
        return length != before
    }

    /// Time passes; call it now and then.
    /// - Returns: whether the length has changed.
    package mutating func review(at now: MonotonicTime) -> Bool {
        guard now >= nextStep else { return false }
        nextStep = now + Self.stepInterval
        if let known = tooShort, now >= known.until { tooShort = nil }
        let lowest = max(Self.minimum, (tooShort?.length ?? 0) + Self.step)
        guard length - Self.step >= lowest else { return false }
        length -= Self.step
        return true
    }
}
