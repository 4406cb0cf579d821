public import Media
import Synchronization

/// When a track's pictures and sounds were captured, by this machine's clock.
///
/// Follows the publisher's `clock` messages smoothly: differences are worked off by at most 2 ms a second, and only
/// one above 100 ms is jumped. Until the first such message, the least delayed arrival serves as the anchor, so that
/// times are those of arrival, not of capture. May be used from any thread.
public final class TrackClock: Sendable {
    private struct State {
        /// Local nanoseconds at PTS 0.
        var offset: Int64?
        var target: Int64 = 0
        var moved: MonotonicTime = MonotonicTime(nanoseconds: 0)
        var isAnchored = false
    }

    /// Nanoseconds by which the mapping may move in a second: well above the drift of any two quartz clocks
    /// (0.2 ms), well below what is heard.
    private static let slewPerSecond: Int64 = 2_000_000
    private static let stepThreshold: Int64 = 100_000_000

    private let timeBase: TimeBase
    private let clock: MediaClock
    private let state = Mutex(State())

    package init(timeBase: TimeBase, clock: MediaClock) {
        self.timeBase = timeBase
        self.clock = clock
    }

    /// Whether the publisher has told when its track was captured; before, times are those of arrival.
    public var isAnchored: Bool { state.withLock { $0.isAnchored } }

    /// The local instant at which the sample with this PTS was captured; `nil` before the track's first packet or
    /// `clock` message.
    public func localTime(ofPTS pts: Int64) -> MonotonicTime? {
        let now = clock.now()
        return state.withLock { state in
            Self.slew(&state, now)
            return state.offset.map { MonotonicTime(nanoseconds: nanoseconds(pts) &+ $0) }
        }
    }

    /// The publisher says that `pts` was at the local instant `local`.
    package func anchor(pts: Int64, at local: MonotonicTime) {
        let now = clock.now()
        let target = local.nanoseconds &- nanoseconds(pts)
        state.withLock { state in
            Self.slew(&state, now)
            state.target = target
            state.moved = now
            if let offset = state.offset, state.isAnchored,
                (target &- offset).magnitude <= Self.stepThreshold.magnitude
            {
                return
            }
            state.offset = target
            state.isAnchored = true
        }
    }

    /// A packet arrived.
    package func noteArrival(pts: Int64) {
        let now = clock.now()
        state.withLock { state in
            guard !state.isAnchored else { return }
            let candidate = now.nanoseconds &- nanoseconds(pts)
            state.offset = min(state.offset ?? candidate, candidate)
        }
    }

    private func nanoseconds(_ pts: Int64) -> Int64 { timeBase.rescale(pts, to: .nanoseconds) }

    private static func slew(_ state: inout State, _ now: MonotonicTime) {
        guard state.isAnchored, let offset = state.offset, offset != state.target else { return }
        let elapsed = min(max(0, now - state.moved), 100_000_000_000)
        let step = elapsed / 1000 * slewPerSecond / 1_000_000
        guard step > 0 else { return }
        state.moved = now
        let difference = state.target &- offset
        state.offset = offset &+ min(max(difference, -step), step)
    }
}
