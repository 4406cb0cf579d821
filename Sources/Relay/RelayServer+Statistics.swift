import NIOCore

extension RelayServer {
    /// What was counted since the server started, and what waits now. Hops onto every event loop.
    public func counters() async -> RelayCounters {
        var sum = RelayCounters()
        for shared in relay.shared {
            // Fails only where the event loops are shut down already.
            if let counters = try? await shared.loop.submit({ shared.gather() }).get() { sum += counters }
        }
        return sum
    }
}
