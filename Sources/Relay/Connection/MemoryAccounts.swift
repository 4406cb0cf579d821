import Media
import Synchronization

/// What each address has in use of the server's memory. May be used from any thread.
///
/// An account lives as long as somebody of its address does; ended ones are swept when there are many.
final class MemoryAccounts: Sendable {
    private struct Entry {
        weak var account: MemoryAccount?
    }

    private struct State {
        var entries: [ClientAddress: Entry] = [:]
        var nextSweep = MemoryAccounts.firstSweep
    }

    private static let firstSweep = 256

    private let budget: MemoryBudget
    private let state = Mutex(State())

    init(budget: MemoryBudget) { self.budget = budget }

    /// The account of an address; one of its own for a connection that has no address.
    func account(of address: ClientAddress?) -> MemoryAccount {
        guard let address else { return MemoryAccount(budget: budget) }
        return state.withLock { state in
            if let account = state.entries[address]?.account { return account }
            let account = MemoryAccount(budget: budget)
            state.entries[address] = Entry(account: account)
            if state.entries.count >= state.nextSweep {
                state.entries = state.entries.filter { $0.value.account != nil }
                state.nextSweep = max(Self.firstSweep, 2 * state.entries.count)
            }
            return account
        }
    }
}
