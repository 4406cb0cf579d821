package import Media

/// How long after its capture a participant's media must wait so that nearly all of it is there in time.
///
/// It remembers the greatest lateness of each half second for eight seconds, and aims at the second greatest
/// of these (one outlier is not worth a delay for everybody) plus a margin. The delay rises at once when
/// something comes too late, by at most ``riseLimit`` in half a second, and falls slowly, so that sound can
/// follow without being heard to run faster.
package struct DelayEstimator: Sendable {
    private static let slice: Int64 = 500_000_000
    private static let sliceCount = 16
    private static let riseLimit: Int64 = 150_000_000
    /// The slowest fall: 4 ms a second.
    private static let fallPerSecond: Int64 = 4_000_000
    /// Far above the target the fall takes this long, seconds.
    private static let fallTime: Int64 = 15

    private let minimum: Int64
    private let maximum: Int64
    private let margin: Int64
    private var peaks = [Int64?](repeating: nil, count: DelayEstimator.sliceCount)
    private var currentSlice: Int64?
    private var updated: MonotonicTime?
    private var riseStart: MonotonicTime?
    private var riseBase: Int64 = 0
    /// The delay, nanoseconds.
    package private(set) var delay: Int64

    /// An estimator that has seen nothing.
    package init(_ configuration: PlayoutConfiguration) {
        minimum = configuration.minimumDelayInNanoseconds
        maximum = max(configuration.maximumDelayInNanoseconds, minimum)
        margin = configuration.marginInNanoseconds
        delay = min(max(configuration.initialDelayInNanoseconds, minimum), maximum)
    }

    /// Something was ready `lateness` nanoseconds after its capture, and it is `now`.
    package mutating func observe(lateness: Int64, at now: MonotonicTime) {
        enterSlice(at: now)
        let index = Int((currentSlice ?? 0) % Int64(Self.sliceCount))
        peaks[index] = max(peaks[index] ?? lateness, lateness)
        fall(at: now)
        let wanted = bounded(lateness)
        guard wanted > delay else { return }
        if riseStart.map({ now - $0 >= Self.slice }) ?? true {
            riseStart = now
            riseBase = delay
        }
        delay = max(delay, min(wanted, riseBase + Self.riseLimit))
    }

    /// The delay that is aimed at.
    package var target: Int64 {
        var greatest: Int64?
        var second: Int64?
        for case .some(let peak) in peaks {
            if peak > greatest ?? .min {
                second = greatest
                greatest = peak
            } else if peak > second ?? .min {
                second = peak
            }
        }
        guard let lateness = second ?? greatest else { return delay }
        return bounded(lateness)
    }

    private func bounded(_ lateness: Int64) -> Int64 {
        min(max(min(lateness, maximum) + margin, minimum), maximum)
    }

    private mutating func enterSlice(at now: MonotonicTime) {
        let slice = max(now.nanoseconds, 0) / Self.slice
        guard let current = currentSlice else { return currentSlice = slice }
        guard slice > current else { return }
        for passed in 1...min(slice - current, Int64(Self.sliceCount)) {
            peaks[Int((current + passed) % Int64(Self.sliceCount))] = nil
        }
        currentSlice = slice
    }

    private mutating func fall(at now: MonotonicTime) {
        defer { updated = max(updated ?? now, now) }
        guard let updated, now > updated else { return }
        let excess = delay - target
        guard excess > 0 else { return }
        let microseconds = min(now - updated, 1_000_000_000) / 1_000
        let step = max(Self.fallPerSecond, excess / Self.fallTime) * microseconds / 1_000_000
        delay -= min(step, excess)
    }
}
