import Glibc
import Media
import Synchronization
import Testing

@Suite("Threads for many jobs", .timeLimit(.minutes(1)))
struct DeadlinePoolTests {
    /// A job that counts its runs, and says when it wants the next.
    private final class Job: DeadlineJob {
        let place = DeadlinePool.Place()
        let runs = Atomic(0)
        let overlaps = Atomic(0)
        private let isRunning = Atomic(false)
        private let ends = Completion()
        private let body: @Sendable (Int) -> MonotonicTime?

        init(_ body: @escaping @Sendable (Int) -> MonotonicTime?) { self.body = body }

        func run() -> MonotonicTime? {
            if isRunning.exchange(true, ordering: .acquiringAndReleasing) {
                overlaps.wrappingAdd(1, ordering: .relaxed)
            }
            let run = runs.wrappingAdd(1, ordering: .relaxed).newValue
            let next = body(run)
            isRunning.store(false, ordering: .releasing)
            if next == nil { ends.finish() }
            return next
        }

        /// Returns when it has said that it wants no further run.
        func wait() async { await ends.wait() }
    }

    @Test func manyJobsShareFewThreadsAndNoneRunsTwiceAtOnce() async throws {
        let pool = try DeadlinePool("pool", threads: 3)
        let jobs = (0..<1000).map { _ in
            Job { run in run < 5 ? MediaClock.system.now() : nil }
        }
        for job in jobs {
            pool.enter(job, at: job.place)
            pool.schedule(job.place, at: MediaClock.system.now() + 1_000_000)
        }
        for job in jobs { pool.schedule(job.place, at: MediaClock.system.now()) }
        for job in jobs { await job.wait() }
        #expect(jobs.allSatisfy { $0.overlaps.load(ordering: .relaxed) == 0 })
        #expect(jobs.allSatisfy { $0.runs.load(ordering: .relaxed) >= 5 })
        await pool.finish(atMost: 10_000_000_000)
    }

    @Test func whatIsDueFirstRunsFirstAndAnEarlierWishCounts() async throws {
        let pool = try DeadlinePool("pool", threads: 1)
        let order = Mutex<[Int]>([])
        let now = MediaClock.system.now()
        let jobs = (0..<4).map { number in
            Job { _ in
                order.withLock { $0.append(number) }
                return nil
            }
        }
        for job in jobs { pool.enter(job, at: job.place) }
        pool.schedule(jobs[0].place, at: now + 3_600_000_000_000)
        pool.schedule(jobs[1].place, at: now + 80_000_000)
        pool.schedule(jobs[2].place, at: now + 40_000_000)
        pool.schedule(jobs[0].place, at: now + 120_000_000)
        pool.schedule(jobs[3].place, at: now + 10_000_000)
        pool.leave(jobs[3].place)
        for job in jobs[..<3] { await job.wait() }
        #expect(order.withLock { $0 } == [2, 1, 0])
        await pool.finish(atMost: 10_000_000_000)
    }

    @Test func aJobThatBlocksHoldsUpNoOther() async throws {
        let pool = try DeadlinePool("pool", threads: 2)
        let gate = Mailbox<Int>(capacity: 1)
        let blocked = Job { _ in
            _ = gate.next()
            return nil
        }
        let other = Job { _ in nil }
        for job in [blocked, other] { pool.enter(job, at: job.place) }
        pool.schedule(blocked.place, at: MediaClock.system.now())
        pool.schedule(other.place, at: MediaClock.system.now() + 1_000_000)
        await other.wait()
        #expect(pool.overdue(since: MediaClock.system.now()).contains { $0 === blocked })
        // What is asked for while it runs is done behind it.
        pool.schedule(blocked.place, at: MediaClock.system.now())
        gate.close()
        await blocked.wait()
        await pool.finish(atMost: 10_000_000_000)
        #expect(blocked.runs.load(ordering: .relaxed) == 2)
    }

    @Test func theLastFreeThreadDoesWhatIsDue() async throws {
        let pool = try DeadlinePool("pool", threads: 3)
        let gate = Mailbox<Int>(capacity: 1)
        let blocked = (0..<2).map { _ in
            Job { _ in
                _ = gate.next()
                return nil
            }
        }
        // One that comes again, and one that comes once everybody else is held up.
        let repeated = Job { $0 < 5 ? MediaClock.system.now() + 1_000_000 : nil }
        let late = Job { _ in nil }
        for job in blocked + [repeated, late] { pool.enter(job, at: job.place) }
        for job in blocked + [repeated] { pool.schedule(job.place, at: MediaClock.system.now()) }
        await repeated.wait()
        pool.schedule(late.place, at: MediaClock.system.now())
        await late.wait()
        #expect(blocked.allSatisfy { $0.runs.load(ordering: .relaxed) == 1 })
        gate.close()
        for job in blocked { await job.wait() }
        await pool.finish(atMost: 10_000_000_000)
    }

    @Test func aJobThatIsBehindComesToAnotherThread() async throws {
        let pool = try DeadlinePool("pool", threads: 2)
        let threads = Mutex<Set<UInt>>([])
        // Never done with what is due, until another thread has helped.
        let behind = Job { run in
            usleep(1000)
            let count = threads.withLock {
                $0.insert(UInt(pthread_self()))
                return $0.count
            }
            return count < 2 && run < 5000 ? MediaClock.system.now() : nil
        }
        pool.enter(behind, at: behind.place)
        pool.schedule(behind.place, at: MediaClock.system.now())
        await behind.wait()
        #expect(threads.withLock(\.count) == 2)
        #expect(behind.overlaps.load(ordering: .relaxed) == 0)
        await pool.finish(atMost: 10_000_000_000)
    }

    @Test func theEndIsWaitedForNoLongerThanAsked() async throws {
        let completion = Completion()
        #expect(await !completion.wait(atMost: 1_000_000))
        completion.finish()
        #expect(await completion.wait(atMost: 3_600_000_000_000))
        await completion.wait()
    }
}
