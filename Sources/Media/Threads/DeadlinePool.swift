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
/// The first thread runs everything as long as it keeps up, and may give way to whoever is in more of a hurry: jobs are work that
/// may wait a moment, and to do one after the other costs less than to wake a thread for each. A job that has had something due
/// for ``patience``, because the first thread is held up by a job that blocks, by more work than it can do or by what others do
/// with the cores, is taken by the next thread, which is as urgent as any other.
///
/// Every method may be called from any thread. Times are those of ``MediaClock/system``.
public final class DeadlinePool: @unchecked Sendable {
    /// A job's place in the pool. Only touched while the pool's lock is held.
    public final class Place: @unchecked Sendable {
        // SAFETY: all mutable state is only touched while the mutex of the pool is held.
        fileprivate var job: (any DeadlineJob)?
        /// When it is to be run, where it waits for that.
        fileprivate var due = MonotonicTime.distantFuture
        /// Where it stands in the heap, where it waits.
        fileprivate var index: Int?
        /// Since when something is due of it without an end, although it is run again and again.
        fileprivate var behindSince: MonotonicTime?
        /// Since when it runs.
        fileprivate var runsSince: MonotonicTime?
        /// What was asked for while it ran.
        fileprivate var again: MonotonicTime?

        /// A place for a job that is still to come.
        public init() {}

        /// Since when something is due of it, if it waits.
        fileprivate var dueSince: MonotonicTime { behindSince ?? due }
    }

    // SAFETY: all mutable state is only touched while `mutex` is held.
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    /// Where the first thread waits.
    private let first: WaitingPlace
    /// Where one of the others waits, so that no job waits for more than ``patience``.
    private let helper: WaitingPlace
    /// Where the rest waits.
    private let followers: WaitingPlace
    /// Those that wait for their time: a binary heap, the first due on top.
    private var heap: [Place] = []
    private var running: [Place] = []
    private var isClosed = false
    private var threads: [BlockingThread] = []
    /// Nanoseconds that a job waits for the first thread.
    public static let patience: Int64 = 50_000_000

    /// A pool of up to `count` threads called `name-N`; of fewer where the system has no more.
    /// - Parameter niceness: how much the first gives way to others, see ``BlockingThread``.
    /// - Throws: ``ThreadError`` where it has none.
    public init(_ name: String, threads count: Int, niceness: Int32 = 0) throws(ThreadError) {
        pthread_mutex_init(mutex, nil)
        (first, helper, followers) = (WaitingPlace(mutex), WaitingPlace(mutex), WaitingPlace(mutex))
        for number in 0..<max(1, count) {
            let isFirst = number == 0
            do {
                threads.append(
                    try BlockingThread("\(name)-\(number)", niceness: isFirst ? niceness : 0) { [self] in
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
            if place.runsSince != nil {
                place.again = min(place.again ?? due, due)
            } else {
                push(place, due)
            }
        }
    }

    /// The job at `place` has ended: it is run no more.
    public func leave(_ place: Place) {
        let job = locked {
            remove(place)
            (place.again, place.behindSince) = (nil, nil)
            return place.job.take()
        }
        // What it keeps is freed without the lock.
        withExtendedLifetime(job) {}
    }

    /// The jobs of which something is due since before `time`, or that run since then.
    public func overdue(since time: MonotonicTime) -> [any DeadlineJob] {
        locked {
            heap.compactMap { $0.dueSince < time ? $0.job : nil }
                + running.compactMap { ($0.behindSince ?? $0.runsSince ?? time) < time ? $0.job : nil }
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

    private func work(isFirst: Bool) {
        var hasRun = false
        while let place = locked({ next(isFirst: isFirst, goesOn: hasRun) }) {
            let due = run(place)
            hasRun = true
            locked { ended(place, due) }
        }
    }

    /// Not inlined, so that what an ended job keeps is freed before the lock is taken again.
    @inline(never) private func run(_ place: Place) -> MonotonicTime? {
        let job = locked { place.job }
        return job?.run()
    }

    private func ended(_ place: Place, _ due: MonotonicTime?) {
        running.removeAll { $0 === place }
        let (since, again) = (place.runsSince, place.again)
        (place.runsSince, place.again) = (nil, nil)
        guard place.job != nil, let first = due ?? again else { return place.behindSince = nil }
        let next = min(first, again ?? first)
        if next > MediaClock.system.now() {
            place.behindSince = nil
        } else if place.behindSince == nil {
            place.behindSince = since
        }
        push(place, next)
    }

    /// Waits for the next job that is due, which then counts as running. Called, and returns, while the mutex is held.
    /// - Parameters:
    ///   - isFirst: whether the thread is the first.
    ///   - goesOn: whether it has run one just now.
    /// - Returns: `nil` once the pool is closed and nothing is due.
    private func next(isFirst: Bool, goesOn: Bool) -> Place? {
        var takesAll = isFirst || goesOn
        while true {
            guard let top = heap.first else {
                if isClosed { return nil }
                wait(until: .distantFuture, isFirst: isFirst)
                continue
            }
            let now = MediaClock.system.now()
            if isFirst, takesAll, top.dueSince + Self.patience <= now, helper.wakes != nil {
                // The first thread does not get done with it. One that is as urgent as others will; this one is back for the rest.
                helper.signal()
                takesAll = false
                first.wait(until: now + Self.patience)
                continue
            }
            let due = takesAll || isFirst || isClosed ? top.due : top.dueSince + Self.patience
            takesAll = isFirst
            guard due > now else {
                remove(top)
                top.runsSince = now
                running.append(top)
                // Somebody must look after the next.
                if let rest = heap.first {
                    if let wakes = first.wakes, rest.due < wakes { first.signal() }
                    if helper.wakes == nil { followers.signal() }
                }
                return top
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

    // MARK: the heap

    private func push(_ place: Place, _ due: MonotonicTime) {
        var index = heap.count
        if let known = place.index {
            guard due < place.due else { return }
            index = known
        } else {
            heap.append(place)
        }
        place.due = due
        place.index = index
        rise(from: index)
        guard place.index == 0 else { return }
        if let wakes = first.wakes, due < wakes { first.signal() }
        if let wakes = helper.wakes {
            if place.dueSince + Self.patience < wakes { helper.signal() }
        } else {
            followers.signal()
        }
    }

    private func remove(_ place: Place) {
        guard let index = place.index, let last = heap.popLast() else { return }
        (place.index, place.due) = (nil, .distantFuture)
        guard last !== place else { return }
        heap[index] = last
        last.index = index
        rise(from: index)
        sink(from: last.index ?? index)
    }

    private func rise(from start: Int) {
        var index = start
        while index > 0, heap[index].due < heap[(index - 1) / 2].due {
            swap(index, (index - 1) / 2)
            index = (index - 1) / 2
        }
    }

    private func sink(from start: Int) {
        var index = start
        while true {
            var least = 2 * index + 1
            if least + 1 < heap.count, heap[least + 1].due < heap[least].due { least += 1 }
            guard least < heap.count, heap[least].due < heap[index].due else { return }
            swap(index, least)
            index = least
        }
    }

    private func swap(_ one: Int, _ other: Int) {
        heap.swapAt(one, other)
        (heap[one].index, heap[other].index) = (one, other)
    }
}

/// Where threads wait for a time or a signal, and when they look again. Only touched while the mutex is held.
private final class WaitingPlace {
    private let condition: MonotonicCondition
    /// When the thread that waits there looks again by itself; `nil` where none does.
    private(set) var wakes: MonotonicTime?

    init(_ mutex: UnsafeMutablePointer<pthread_mutex_t>) { condition = MonotonicCondition(mutex) }

    func wait(until time: MonotonicTime) {
        wakes = time
        _ = condition.wait(until: time == .distantFuture ? nil : time)
        wakes = nil
    }

    /// Wakes a thread.
    func signal() { condition.signal() }

    func signalAll() { condition.signalAll() }
}
