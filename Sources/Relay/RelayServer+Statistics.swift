import NIOCore

extension RelayServer {
    /// What was counted since the server started, and what waits now. Hops onto every event loop.
    public func counters() async -> RelayCounters {
        var sum = RelayCounters()
        for loopState in relay.loopStates {
            // Fails only where the event loops are shut down already.
            if let counters = try? await loopState.loop.submit({ loopState.gather() }).get() {
                sum += counters
            }
        }
        return sum
    }

    /// Who and what is in the rooms now. Hops onto every room's event loop.
    public func roomCounts() async -> RoomCounts {
        var sum = RoomCounts()
        let rooms = relay.allRooms()
        for loop in relay.loops {
            let here = rooms.filter { $0.home === loop }
            guard !here.isEmpty else { continue }
            let counted = try? await loop.submit {
                here.reduce(into: RoomCounts()) { $0.count($1) }
            }.get()
            if let counted { sum += counted }
        }
        return sum
    }
}
