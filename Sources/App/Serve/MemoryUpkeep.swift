import LibAV
import Media

/// Gives memory back to the system after much of it was freed: the allocator keeps it otherwise.
struct MemoryUpkeep {
    /// Freed bytes that are worth it.
    private static let worthwhile = 32 << 20
    /// Looks at a time between two times: giving back stops every thread that allocates for some milliseconds.
    private static let pause = 10

    let budget: MemoryBudget

    /// Looks once a second until it is cancelled.
    func run() async {
        var highest = 0
        var rest = 0
        while !Task.isCancelled {
            try? await Task.sleep(for: .seconds(1))
            let used = budget.used
            highest = max(highest, used)
            rest = max(0, rest - 1)
            guard rest == 0, highest - used >= Self.worthwhile else { continue }
            FreedMemory.giveBack()
            highest = used
            rest = Self.pause
        }
    }
}
