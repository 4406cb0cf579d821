import Synchronization

/// The places that a server keeps for participants whose connection broke: bounded as a whole and by address. Where there is
/// no room for another one, the oldest goes.
///
/// They are counted by themselves: nobody who is new is refused for them. May be used from any thread.
package final class KeptPlaces: Sendable {
    /// One place. Later ones are greater.
    package typealias ID = UInt64

    private struct Place {
        let address: ClientAddress?
        let giveUp: @Sendable () -> Void
    }

    private struct State {
        var places: [ID: Place] = [:]
        /// Those of one address, oldest first.
        var ofAddress: [ClientAddress?: [ID]] = [:]
        var oldest: ID = 0
        var next: ID = 0
    }

    private let maximum: Int
    private let maximumPerAddress: Int
    private let state = Mutex(State())

    /// Keeps at most so many places.
    package init(maximum: Int, perAddress: Int) {
        self.maximum = max(1, maximum)
        maximumPerAddress = max(1, perAddress)
    }

    /// How many there are.
    package var count: Int { state.withLock { $0.places.count } }

    /// Keeps a place, and gives up older ones that it leaves no room for.
    /// - Parameter giveUp: called once, on any thread, where the place has to go for another one; not under a lock.
    package func keep(_ address: ClientAddress?, giveUp: @escaping @Sendable () -> Void) -> ID {
        let (id, gone) = state.withLock { state in
            let id = state.next
            state.next += 1
            state.places[id] = Place(address: address, giveUp: giveUp)
            state.ofAddress[address, default: []].append(id)
            var gone: [Place] = []
            if let same = state.ofAddress[address], same.count > maximumPerAddress, let first = same.first {
                if let place = Self.remove(first, &state) { gone.append(place) }
            }
            while state.places.count > maximum {
                if let place = Self.remove(state.oldest, &state) { gone.append(place) }
                state.oldest += 1
            }
            return (id, gone)
        }
        for place in gone { place.giveUp() }
        return id
    }

    /// Forgets a place that somebody has taken, or that has expired. Nothing where it has gone already.
    package func remove(_ id: ID) { state.withLock { _ = Self.remove(id, &$0) } }

    private static func remove(_ id: ID, _ state: inout State) -> Place? {
        guard let place = state.places.removeValue(forKey: id) else { return nil }
        state.ofAddress[place.address]?.removeAll { $0 == id }
        if state.ofAddress[place.address]?.isEmpty == true { state.ofAddress[place.address] = nil }
        return place
    }
}
