import Synchronization

/// Whether the server takes new participants, for load balancers. May be used from any thread.
final class Readiness: Sendable {
    /// What `/readyz` says.
    enum State: UInt8, AtomicRepresentable, Sendable {
        /// Not yet listening.
        case starting
        /// Everybody is welcome.
        case ready
        /// Asked to end.
        case draining
    }

    private let current = Atomic(State.starting)

    var state: State { current.load(ordering: .acquiring) }

    /// Goes on to `state`.
    func enter(_ state: State) { current.store(state, ordering: .releasing) }
}
