import Media
import Synchronization
import Testing

@Suite("Mailboxes and threads", .timeLimit(.minutes(1)))
struct ThreadTests {
    private func item(_ next: Mailbox<Int>.Next) -> Int? {
        if case .item(let item) = next { item } else { nil }
    }

    @Test func itemsComeOutInTheirOrder() {
        let mailbox = Mailbox<Int>(capacity: 1000)
        for number in 0..<500 { #expect(mailbox.put(number)) }
        #expect((0..<200).map { _ in item(mailbox.next()) } == Array(0..<200))
        for number in 500..<600 { #expect(mailbox.put(number)) }
        #expect(mailbox.count == 400)
        #expect((0..<400).map { _ in item(mailbox.next()) } == Array(200..<600))
        #expect(mailbox.count == 0)
    }

    @Test func theSumOfCostsIsBounded() {
        let mailbox = Mailbox<Int>(capacity: 10)
        #expect(mailbox.put(1, cost: 6))
        #expect(!mailbox.put(2, cost: 5))
        #expect(mailbox.put(3, cost: 4))
        #expect(!mailbox.put(4, cost: 1))
        #expect(item(mailbox.next()) == 1)
        #expect(mailbox.put(5, cost: 6))
        #expect([item(mailbox.next()), item(mailbox.next())] == [3, 5])
        #expect(!mailbox.put(6, cost: 11))
        #expect(mailbox.put(7, cost: 10))
    }

    @Test func itemsWithoutCostAlwaysFindRoom() {
        let mailbox = Mailbox<Int>(capacity: 1)
        #expect(mailbox.put(1, cost: 1))
        for number in 0..<100 { #expect(mailbox.put(number, cost: 0)) }
        #expect(mailbox.count == 101)
    }

    @Test func aClosedMailboxIsReadToItsEnd() {
        let mailbox = Mailbox<Int>(capacity: 10)
        mailbox.put(1)
        mailbox.close()
        #expect(!mailbox.put(2) && !mailbox.put(3, cost: 0))
        #expect(item(mailbox.next()) == 1)
        for _ in 0..<2 { if case .closed = mailbox.next() {} else { Issue.record("not closed") } }
        mailbox.close()
    }

    @Test(arguments: [Int64.min, -1_500_000_000, -1, 0, 1])
    func aDeadlineThatHasPassedEndsTheWait(deadline: Int64) {
        let mailbox = Mailbox<Int>(capacity: 10)
        let past = MonotonicTime(nanoseconds: deadline)
        if case .timeout = mailbox.next(until: past) {} else { Issue.record("no timeout") }
        mailbox.put(1)
        #expect(item(mailbox.next(until: past)) == 1)
        mailbox.close()
        if case .closed = mailbox.next(until: past) {} else { Issue.record("not closed") }
    }

    @Test func theWaitLastsUntilTheDeadline() {
        let mailbox = Mailbox<Int>(capacity: 10)
        let deadline = MediaClock.system.now() + 30_000_000
        if case .timeout = mailbox.next(until: deadline) {} else { Issue.record("no timeout") }
        #expect(MediaClock.system.now() >= deadline)
    }

    /// Whoever puts the last item decides: before that, nothing wakes a reader that would linger for an hour.
    @Test(arguments: [(cost: 1, canWait: false), (cost: 6, canWait: true)])
    func aReaderThatLingersIsWokenForMany(last: (cost: Int, canWait: Bool)) async throws {
        let mailbox = Mailbox<Int>(capacity: 20)
        let seen = Mutex<[Int]>([])
        let reader = try BlockingThread("reader") {
            let first = mailbox.next(lingering: 3_600_000_000_000)
            if case .item(let item) = first { seen.withLock { $0.append(item) } }
            while let item = mailbox.take() { seen.withLock { $0.append(item) } }
        }
        for number in 0..<5 { mailbox.put(number, canWait: true) }
        mailbox.put(5, cost: last.cost, canWait: last.canWait)
        await reader.wait()
        #expect(seen.withLock { $0 } == Array(0..<6))
        #expect(mailbox.take() == nil)
    }

    /// Else it would read so many a second and no more.
    @Test func aReaderThatLeavesSomethingDoesNotLinger() {
        let mailbox = Mailbox<Int>(capacity: 1000)
        for number in 0..<4 { mailbox.put(number, canWait: true) }
        #expect(item(mailbox.next(lingering: 1)) == 0)
        let start = MediaClock.system.now()
        #expect(item(mailbox.next(lingering: 10_000_000_000)) == 1)
        #expect(mailbox.take() == 2)
        #expect(item(mailbox.next(lingering: 10_000_000_000)) == 3)
        #expect(MediaClock.system.now() < start + 5_000_000_000)
        mailbox.put(4, canWait: true)
        let again = MediaClock.system.now()
        #expect(item(mailbox.next(lingering: 20_000_000)) == 4)
        #expect(MediaClock.system.now() >= again + 20_000_000)
    }

    /// The time is that of the suite.
    @Test func manyItemsAreReadAsFastAsFew() {
        let mailbox = Mailbox<Int>(capacity: 0)
        let count = 4_000_000
        for number in 0..<count { mailbox.put(number, cost: 0) }
        var isOrdered = true
        for number in 0..<count { isOrdered = isOrdered && mailbox.take() == number }
        #expect(isOrdered)
        #expect(mailbox.take() == nil)
    }

    @Test func whatWasReadIsNotKept() {
        final class Token: Sendable {}
        let mailbox = Mailbox<Token>(capacity: 1000)
        weak var first: Token?
        for _ in 0..<200 {
            let token = Token()
            if first == nil { first = token }
            mailbox.put(token)
        }
        _ = mailbox.take()
        #expect(first == nil)
        #expect(mailbox.count == 199)
    }

    @Test func lingeringEndsByItself() {
        let mailbox = Mailbox<Int>(capacity: 10)
        let start = MediaClock.system.now()
        mailbox.put(1, canWait: true)
        #expect(item(mailbox.next(lingering: 20_000_000)) == 1)
        #expect(MediaClock.system.now() >= start + 20_000_000)
        mailbox.put(2, canWait: true)
        #expect(item(mailbox.next(until: start, lingering: 3_600_000_000_000)) == 2)
        if case .timeout = mailbox.next(until: start, lingering: 3_600_000_000_000) {
        } else {
            Issue.record("the deadline has passed")
        }
        mailbox.put(3, canWait: true)
        mailbox.close()
        #expect(item(mailbox.next(lingering: 3_600_000_000_000)) == 3)
    }

    @Test func closingWakesTheReader() async throws {
        let mailbox = Mailbox<Int>(capacity: 10)
        let reader = try BlockingThread("reader") {
            if case .closed = mailbox.next() {} else { Issue.record("not closed") }
        }
        mailbox.close()
        await reader.wait()
    }

    @Test func nothingIsLostBetweenThreads() async throws {
        let mailbox = Mailbox<Int>(capacity: 1 << 20)
        let sums = Mutex<(count: Int, last: [Int: Int], isOrdered: Bool)>((0, [:], true))
        let reader = try BlockingThread("reader") {
            while case .item(let item) = mailbox.next() {
                sums.withLock { sums in
                    sums.count += 1
                    if let last = sums.last[item / 10_000], last >= item { sums.isOrdered = false }
                    sums.last[item / 10_000] = item
                }
            }
        }
        let writers = try (0..<4).map { writer in
            try BlockingThread("writer") {
                for number in 0..<10_000 { mailbox.put(writer * 10_000 + number) }
            }
        }
        for writer in writers { await writer.wait() }
        mailbox.close()
        await reader.wait()
        #expect(sums.withLock { $0.count } == 40_000)
        #expect(sums.withLock { $0.isOrdered })
    }

    @Test func waitingEndsWithTheThread() async throws {
        let gate = Mailbox<Int>(capacity: 1)
        let done = Mailbox<Int>(capacity: 1)
        let thread = try BlockingThread("a name beyond fifteen bytes") {
            _ = gate.next()
            done.put(1)
        }
        #expect(!thread.isFinished)
        let waiters = (0..<5).map { _ in
            Task {
                await thread.wait()
                return done.count
            }
        }
        gate.close()
        for waiter in waiters { #expect(await waiter.value == 1) }
        #expect(thread.isFinished)
        await thread.wait()
    }

    /// A stack that no address space holds stands for every refusal.
    @Test func aRefusedThreadIsAnErrorAndNothingRuns() {
        final class Token: Sendable {}
        weak var kept: Token?
        let hasRun = Mutex(false)
        do {
            let token = Token()
            kept = token
            #expect(throws: ThreadError.self) {
                _ = try BlockingThread("greedy", stackBytes: 1 << 60) {
                    hasRun.withLock { $0 = true }
                    withExtendedLifetime(token) {}
                }
            }
        }
        #expect(!hasRun.withLock { $0 })
        #expect(kept == nil)
    }
}
