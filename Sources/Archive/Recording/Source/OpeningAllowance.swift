import Media
import Synchronization

/// How many files one participant may still begin: 32 at once, one every two seconds in the long run.
///
/// Otherwise a publisher that changes the parameters of its video with every picture would keep the disk busy with files of one
/// picture. Pure: time is given.
struct OpeningAllowance: Sendable {
    private static let burst = 32
    private static let interval: Int64 = 2_000_000_000
    private var left = Self.burst
    private var since: MonotonicTime

    init(now: MonotonicTime) { since = now }

    /// Whether one more file may begin at `now`; it then counts.
    mutating func take(now: MonotonicTime) -> Bool {
        refill(now: now)
        guard left > 0 else { return false }
        left -= 1
        return true
    }

    /// How many may begin at `now`.
    mutating func count(now: MonotonicTime) -> Int {
        refill(now: now)
        return left
    }

    /// Whether it is like a new one at `now`.
    mutating func isFull(now: MonotonicTime) -> Bool { count(now: now) == Self.burst }

    private mutating func refill(now: MonotonicTime) {
        let earned = max(0, now - since) / Self.interval
        since = since + earned * Self.interval
        left = min(Self.burst, left + Int(clamping: earned))
    }
}

/// The allowances of those who have left a room, by the room and the address from which they came: whoever leaves and comes back
/// goes on with the one that was left behind, also where the room was gone in between. Any thread.
final class OpeningLedger: Sendable {
    private struct Place: Hashable {
        let room: String
        let address: UInt64
    }

    private let state = Mutex<[Place: [OpeningAllowance]]>([:])
    /// Places that are remembered. A full allowance is none to remember, so that it takes files of as many addresses within
    /// a minute to get there; what is then forgotten first is what is nearly full.
    private static let mostPlaces = 4096

    /// The allowance of somebody who comes from `address`: what is least of those that were left behind.
    func come(to room: String, from address: UInt64?, now: MonotonicTime) -> OpeningAllowance {
        guard let address else { return OpeningAllowance(now: now) }
        return state.withLock { state in
            let place = Place(room: room, address: address)
            guard var left = state.removeValue(forKey: place) else { return OpeningAllowance(now: now) }
            let counts = left.indices.map { (index: $0, count: left[$0].count(now: now)) }
            guard let least = counts.min(by: { $0.count < $1.count }) else {
                return OpeningAllowance(now: now)
            }
            let allowance = left.remove(at: least.index)
            if !left.isEmpty { state[place] = left }
            return allowance
        }
    }

    /// Somebody leaves the room.
    func leave(_ room: String, to address: UInt64?, _ allowance: OpeningAllowance, now: MonotonicTime) {
        var allowance = allowance
        guard let address, !allowance.isFull(now: now) else { return }
        state.withLock { [allowance] state in
            state[Place(room: room, address: address), default: []].append(allowance)
            if state.count > Self.mostPlaces { Self.forget(&state, now: now) }
        }
    }

    private static func forget(_ state: inout [Place: [OpeningAllowance]], now: MonotonicTime) {
        for (place, known) in state {
            var known = known
            for index in known.indices.reversed() where known[index].isFull(now: now) {
                known.remove(at: index)
            }
            state[place] = known.isEmpty ? nil : known
        }
        guard state.count > mostPlaces else { return }
        let fullest = state.max { first, second in
            var (first, second) = (first.value, second.value)
            return first.indices.reduce(0) { $0 + first[$1].count(now: now) }
                < second.indices.reduce(0) {
                    $0 + second[$1].count(now: now)
                }
        }
        if let fullest { state[fullest.key] = nil }
    }
}
