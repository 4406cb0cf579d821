import LibAV
import Media

/// Gives memory back to the system after much of it was freed for good: the allocator keeps it otherwise.
struct MemoryUpkeep {
    /// Freed bytes that are worth it.
    private static let worthwhile = 32 << 20
    /// Seconds in which nothing of it was used again. Giving back stops every thread that allocates for some milliseconds, and
    /// caches that merely begin anew with each keyframe are no reason for that.
    private static let patience = 10

    /// Seconds from one time to the next while memory is short.
    private static let shortest = 3

    let budget: MemoryBudget

    /// Looks once a second until it is cancelled.
    func run() async {
        var kept = 0
        var lately: [Int] = []
        var sinceLast = 0
        while !Task.isCancelled {
            try? await Task.sleep(for: .seconds(1))
            lately.append(budget.used)
            if lately.count > Self.patience { lately.removeFirst() }
            let needed = lately.max() ?? 0
            kept = max(kept, needed)
            sinceLast += 1
            let isOver = lately.count == Self.patience && kept - needed >= Self.worthwhile
            guard isOver || (sinceLast >= Self.shortest && isShort(kept)) else { continue }
            FreedMemory.giveBack()
            kept = isOver ? needed : budget.used
            sinceLast = 0
        }
    }

    /// Whether what is in use and what the allocator keeps take more than half of the budget, and a quarter is free: the next
    /// who need memory need other pieces of it, and would take it in addition.
    /// - Parameter most: bytes that were in use lately; below, nothing much can be free.
    private func isShort(_ most: Int) -> Bool {
        guard most > budget.bytes / 4 else { return false }
        let free = FreedMemory.kept
        return free > budget.bytes / 4 && budget.used + free > budget.bytes / 2
    }
}
