import Glibc

/// Work that comes in stretches, which a ``DeadlinePool`` does when it is due.
public protocol DeadlineJob: AnyObject, Sendable {
    /// Does what is due. Never on two threads at once; may block.
    /// - Returns: when there is more to do at the latest; `nil` where somebody will say so.
    func run() -> MonotonicTime?
}

/// A few threads for any number of jobs: each is run when it is due, the longest due first, on whichever thread is free.
/// A job that nothing is due of costs no thread and no time. Where several are due at once, the thread that runs one goes on with
/// the next, which costs less than to wake another; that comes to help only where a job has waited for ``patience``.
///
/// Every method may be called from any thread. Times are those of ``MediaClock/system``.
public final class DeadlinePool: @unchecked Sendable {
    /// A job's place in the pool. Only touched while the pool's lock is held.
    public final class Place: @unchecked Sendable {
        // SAFETY: all mutable state is only touched while the mutex of the pool is held.
        fileprivate var job: (any DeadlineJob)?
        fileprivate var due: MonotonicTime?
        fileprivate var isRunning = false
        /// What was asked for while it ran.
        fileprivate var again: MonotonicTime?

        /// A place for a job that is still to come.
        public init() {}
    }

    private struct Entry {
        let due: MonotonicTime
        let place: Place
    }

    // SAFETY: all mutable state is only touched while `mutex` is held.
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    /// Where the thread waits that will take the next job at its time.
    private let leader = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    /// Where the other threads wait.
    private let followers = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    /// A binary heap, the first due on top. Entries whose place is due at another time are stale.
    private var heap: [Entry] = []
    private var hasLeader = false
    /// When that one looks again.
    private var leaderWakes = MonotonicTime.distantFuture
    /// Nanoseconds that a job waits for a thread that runs another.
    public static let patience: Int64 = 5_000_000
    private var isClosed = false
    private var threads: [BlockingThread] = []

    /// A pool of up to `count` threads called `name-N`; of fewer where the system has no more.
    /// - Throws: ``ThreadError`` where it has none.
    public init(_ name: String, threads count: Int) throws(ThreadError) {
        pthread_mutex_init(mutex, nil)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(leader, &attributes)
        pthread_cond_init(followers, &attributes)
        pthread_condattr_destroy(&attributes)
        for number in 0..<max(1, count) {
            do { threads.append(try BlockingThread("\(name)-\(number)") { [self] in work() }) } catch {
                guard !threads.isEmpty else { throw error }
            }
        }
    }

    deinit {
        pthread_cond_destroy(followers)
        pthread_cond_destroy(leader)
        pthread_mutex_destroy(mutex)
        followers.deallocate()
        leader.deallocate()
        mutex.deallocate()
    }

    /// Gives a job its place, before anything of it is due.
    public func enter(_ job: any DeadlineJob, at place: Place) {
        locked { place.job = job }
    }

    /// Runs the job at `place` at `due` or before: an earlier wish stays.
    public func schedule(_ place: Place, at due: MonotonicTime) {
        locked {
            guard place.job != nil else { return }
            if place.isRunning {
                place.again = min(place.again ?? due, due)
            } else {
                push(place, due)
            }
        }
    }

    /// The job at `place` has ended: it is run no more.
    public func leave(_ place: Place) {
        locked { (place.job, place.due, place.again) = (nil, nil, nil) }
    }

    /// The jobs that run since before `time`, or should have been begun before.
    public func overdue(since time: MonotonicTime) -> [any DeadlineJob] {
        locked {
            heap.compactMap { $0.due < time && $0.place.due == $0.due ? $0.place.job : nil }
                + running.compactMap { $0.since < time ? $0.place.job : nil }
        }
    }

    /// Lets the threads end once nothing is due any more; returns then, or after `nanoseconds`.
    public func finish(atMost nanoseconds: Int64) async {
        let end = MediaClock.system.now() + nanoseconds
        close()
        for thread in threads { await thread.wait(atMost: end - MediaClock.system.now()) }
    }

    private func close() {
        locked {
            isClosed = true
            pthread_cond_broadcast(leader)
            pthread_cond_broadcast(followers)
        }
    }

    private func locked<Result>(_ body: () -> Result) -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return body()
    }

    // MARK: the threads

    private var running: [(place: Place, since: MonotonicTime)] = []

    private func work() {
        pthread_mutex_lock(mutex)
        var hasRun = false
        while let (place, job) = next(goesOn: hasRun) {
            hasRun = true
            place.isRunning = true
            running.append((place, MediaClock.system.now()))
            pthread_mutex_unlock(mutex)
            let due = job.run()
            pthread_mutex_lock(mutex)
            running.removeAll { $0.place === place }
            place.isRunning = false
            let again = place.again
            place.again = nil
            guard place.job != nil, let first = due ?? again else { continue }
            push(place, min(first, again ?? first))
        }
        pthread_mutex_unlock(mutex)
    }

    /// Waits for the next job that is due. Called, and returns, while the mutex is held.
    /// - Parameter goesOn: whether the thread has run one just now.
    /// - Returns: `nil` once the pool is closed and nothing is due.
    private func next(goesOn: Bool) -> (place: Place, job: any DeadlineJob)? {
        var goesOn = goesOn
        while true {
            while let top = heap.first, top.place.due != top.due { pop() }
            guard let top = heap.first else {
                if isClosed { return nil }
                pthread_cond_wait(followers, mutex)
                continue
            }
            let isAlone = goesOn || isClosed || running.isEmpty
            let due = isAlone ? top.due : top.due + Self.patience
            goesOn = false
            guard due > MediaClock.system.now() else {
                pop()
                top.place.due = nil
                // Somebody must look after the next.
                if !heap.isEmpty, !hasLeader { pthread_cond_signal(followers) }
                guard let job = top.place.job else { continue }
                return (top.place, job)
            }
            if isClosed { return nil }
            wait(until: due)
        }
    }

    private func wait(until due: MonotonicTime) {
        guard !hasLeader else {
            if due < leaderWakes { pthread_cond_signal(leader) }
            pthread_cond_wait(followers, mutex)
            return
        }
        (hasLeader, leaderWakes) = (true, due)
        let nanoseconds = max(0, due.nanoseconds)
        var time = timespec(
            tv_sec: Int(nanoseconds / 1_000_000_000), tv_nsec: Int(nanoseconds % 1_000_000_000))
        _ = pthread_cond_timedwait(leader, mutex, &time)
        hasLeader = false
    }

    private func push(_ place: Place, _ due: MonotonicTime) {
        if let known = place.due, known <= due { return }
        place.due = due
        heap.append(Entry(due: due, place: place))
        var index = heap.count - 1
        while index > 0, heap[index].due < heap[(index - 1) / 2].due {
            heap.swapAt(index, (index - 1) / 2)
            index = (index - 1) / 2
        }
        guard index == 0 else { return }
        if hasLeader { pthread_cond_signal(leader) } else { pthread_cond_signal(followers) }
    }

    private func pop() {
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        var index = 0
        while true {
            var least = 2 * index + 1
            if least + 1 < heap.count, heap[least + 1].due < heap[least].due { least += 1 }
            guard least < heap.count, heap[least].due < heap[index].due else { return }
            heap.swapAt(index, least)
            index = least
        }
    }
}
