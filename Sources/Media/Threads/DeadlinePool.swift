import Glibc

/// Work that comes in stretches, which a ``DeadlinePool`` does when it is due.
public protocol DeadlineJob: AnyObject, Sendable {
    /// Does what is due. Never on two threads at once; may block.
    /// - Returns: when there is more to do at the latest; `nil` where somebody will say so.
    func run() -> MonotonicTime?
}

/// A few threads for any number of jobs: each is run when it is due, the longest due first. A job that nothing is due of costs
/// no thread and no time.
///
/// The first thread runs everything as long as it keeps up, and gives way to whoever is in more of a hurry: jobs are work that may
/// wait a moment, and to do one after the other costs less than to wake a thread for each. Where a job has waited for
/// ``patience``, because the first thread is held up by a job that blocks, or by what others do with the cores, the next thread
/// helps, as urgent as any other.
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
    /// Where the first thread waits.
    private let first: WaitingPlace
    /// Where one of the others waits, so that no job waits for more than ``patience``.
    private let helper: WaitingPlace
    /// Where the rest waits.
    private let followers: WaitingPlace
    /// A binary heap, the first due on top. Entries whose place is due at another time are stale.
    private var heap: [Entry] = []
    private var isClosed = false
    /// Nanoseconds that a job waits for the first thread.
    public static let patience: Int64 = 50_000_000
    private static let niceness: Int32 = 10
    private var threads: [BlockingThread] = []

    /// A pool of up to `count` threads called `name-N`; of fewer where the system has no more.
    /// - Throws: ``ThreadError`` where it has none.
    public init(_ name: String, threads count: Int) throws(ThreadError) {
        pthread_mutex_init(mutex, nil)
        (first, helper, followers) = (WaitingPlace(mutex), WaitingPlace(mutex), WaitingPlace(mutex))
        for number in 0..<max(1, count) {
            let isFirst = number == 0
            do {
                threads.append(
                    try BlockingThread("\(name)-\(number)", niceness: isFirst ? Self.niceness : 0) { [self] in
                        work(isFirst: isFirst)
                    })
            } catch {
                guard !threads.isEmpty else { throw error }
            }
        }
    }

    deinit {
        pthread_mutex_destroy(mutex)
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
            for place in [first, helper, followers] { place.signalAll() }
        }
    }

    private func locked<Result>(_ body: () -> Result) -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return body()
    }

    // MARK: the threads

    private var running: [(place: Place, since: MonotonicTime)] = []

    private func work(isFirst: Bool) {
        pthread_mutex_lock(mutex)
        var hasRun = false
        while let (place, job) = next(isFirst: isFirst, goesOn: hasRun) {
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
    /// - Parameters:
    ///   - isFirst: whether the thread is the first.
    ///   - goesOn: whether it has run one just now.
    /// - Returns: `nil` once the pool is closed and nothing is due.
    private func next(isFirst: Bool, goesOn: Bool) -> (place: Place, job: any DeadlineJob)? {
        var takesAll = isFirst || goesOn
        while true {
            while let top = heap.first, top.place.due != top.due { pop() }
            guard let top = heap.first else {
                if isClosed { return nil }
                wait(until: .distantFuture, isFirst: isFirst)
                continue
            }
            let due = takesAll || isClosed ? top.due : top.due + Self.patience
            takesAll = isFirst
            guard due > MediaClock.system.now() else {
                pop()
                top.place.due = nil
                // Somebody must look after the next.
                if !heap.isEmpty, helper.wakes == nil { followers.signal() }
                guard let job = top.place.job else { continue }
                return (top.place, job)
            }
            if isClosed { return nil }
            wait(until: due, isFirst: isFirst)
        }
    }

    private func wait(until due: MonotonicTime, isFirst: Bool) {
        if isFirst {
            first.wait(until: due)
        } else if helper.wakes == nil {
            helper.wait(until: due)
        } else {
            followers.wait(until: .distantFuture)
        }
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
        if let wakes = first.wakes, due < wakes { first.signal() }
        if let wakes = helper.wakes {
            if due + Self.patience < wakes { helper.signal() }
        } else {
            followers.signal()
        }
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

/// Where threads wait for a time or a signal. Only touched while `mutex` is held.
private final class WaitingPlace {
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    /// When the thread that waits there looks again by itself; `nil` where none does.
    private(set) var wakes: MonotonicTime?

    init(_ mutex: UnsafeMutablePointer<pthread_mutex_t>) {
        self.mutex = mutex
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(condition, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        pthread_cond_destroy(condition)
        condition.deallocate()
    }

    func wait(until time: MonotonicTime) {
        wakes = time
        if time == .distantFuture {
            pthread_cond_wait(condition, mutex)
        } else {
            let nanoseconds = max(0, time.nanoseconds)
            var time = timespec(
                tv_sec: Int(nanoseconds / 1_000_000_000), tv_nsec: Int(nanoseconds % 1_000_000_000))
            _ = pthread_cond_timedwait(condition, mutex, &time)
        }
        wakes = nil
    }

    /// Wakes a thread.
    func signal() { pthread_cond_signal(condition) }

    func signalAll() { pthread_cond_broadcast(condition) }
}
