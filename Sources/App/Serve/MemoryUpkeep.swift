import LibAV
import Media

/// Gives memory back to the system after much of it was freed for good: the allocator keeps it otherwise.
struct MemoryUpkeep {
    /// Freed bytes that are worth it.
    private static let worthwhile = 32 << 20
    /// Seconds in which nothing of it was used again. Giving back stops every thread that allocates for some milliseconds, and
    /// caches that merely begin anew with each keyframe are no reason for that.
    private static let patience = 10

    let budget: MemoryBudget

    /// Looks once a second until it is cancelled.
    func run() async {
        var kept = 0
        var lately: [Int] = []
        while !Task.isCancelled {
            try? await Task.sleep(for: .seconds(1))
            lately.append(budget.used)
            if lately.count > Self.patience { lately.removeFirst() }
            let needed = lately.max() ?? 0
            kept = max(kept, needed)
            guard lately.count == Self.patience, kept - needed >= Self.worthwhile else { continue }
            FreedMemory.giveBack()
            kept = needed
        }
    }
}
