import Media
import Testing

@Suite struct MemoryBudgetTests {
    @Test func usesGiveWayInTheirOrder() {
        let budget = MemoryBudget(bytes: 100 << 20)
        let charge = MemoryCharge(.queue, budget: budget)
        let part = (100 << 20) / 100
        for (percent, short) in [(69, 0), (71, 1), (81, 2), (91, 3), (96, 4), (101, 5)] {
            charge.set(percent * part)
            #expect(MemoryBudget.Use.allCases.filter { !budget.hasRoom(for: $0) }.count == short)
            #expect(budget.admits == (percent < 95))
        }
        #expect(budget.excess(for: .recorder) > 0)
    }

    @Test func aChargeCountsInGrainsUntilItIsGone() {
        let budget = MemoryBudget(bytes: 1 << 20)
        let account = MemoryAccount(budget: budget)
        var charge: MemoryCharge? = MemoryCharge(.cache, budget: budget, account: account)
        #expect(charge?.set(MemoryCharge.grain - 1) == false)
        #expect(charge?.set(3 * MemoryCharge.grain + 1) == true)
        #expect(charge?.set(3 * MemoryCharge.grain + 2) == false)
        #expect(budget.used(for: .cache) == 3 * MemoryCharge.grain && budget.used == account.used)
        #expect(!account.exceedsShare)
        charge?.set((1 << 20) / 2)
        #expect(account.exceedsShare)
        charge = nil
        #expect(budget.used == 0 && account.used == 0)
    }

    @Test func anAbsurdBudgetIsNoOverflow() {
        #expect(MemoryBudget(bytes: .max).hasRoom(for: .cache))
        #expect(!MemoryBudget(bytes: -1).admits || MemoryBudget(bytes: -1).bytes == 1)
    }
}
