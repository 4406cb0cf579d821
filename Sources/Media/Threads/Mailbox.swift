public import Glibc

/// A bounded queue between threads whose reader blocks and whose writers never do.
///
/// Every method may be called from any thread; ``next(until:)`` from one reader. Inlinable, because what is not known to be
/// of a type is moved by looking that up, which for small items costs more than the rest.
public final class Mailbox<Item: Sendable>: @unchecked Sendable {
    // SAFETY: all mutable state is only touched while `mutex` is held.
    @usableFromInline let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    @usableFromInline let condition: MonotonicCondition
    /// Those before `head` were read, and are `nil`.
    @usableFromInline var items: [(item: Item, cost: Int, canWait: Bool)?] = []
    @usableFromInline var head = 0
    @usableFromInline var totalCost = 0
    /// Items that wait and must not.
    @usableFromInline var urgent = 0
    @usableFromInline var isLingering = false
    /// Whether the reader has left nothing behind.
    @usableFromInline var isUpToDate = true
    @usableFromInline var isClosed = false
    /// The greatest sum of costs that is kept.
    public let capacity: Int

    /// What the reader gets.
    public enum Next {
        /// The oldest item.
        case item(Item)
        /// Nothing came until the deadline.
        case timeout
        /// The mailbox was closed, and everything was read.
        case closed
    }

    /// An empty mailbox that keeps items up to a sum of costs of `capacity`.
    public init(capacity: Int) {
        self.capacity = capacity
        pthread_mutex_init(mutex, nil)
        condition = MonotonicCondition(mutex)
    }

    deinit {
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
    }

    @inlinable func locked<Result>(_ body: () -> Result) -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return body()
    }

    /// Puts an item behind the others.
    ///
    /// - Parameter cost: what it counts towards the capacity, for instance its bytes. 0 always finds room: for the
    ///   few items that must not be lost.
    /// - Parameter canWait: whether a reader that lingers goes on lingering.
    /// - Returns: `false`, and nothing is kept, where there is no room or the mailbox is closed.
    @discardableResult
    @inlinable
    public func put(_ item: Item, cost: Int = 1, canWait: Bool = false) -> Bool {
        locked {
            guard !isClosed, cost == 0 || totalCost + cost <= capacity else { return false }
            items.append((item, cost, canWait))
            totalCost += cost
            if !canWait { urgent += 1 }
            if !isLingering || mustWake { condition.signal() }
            return true
        }
    }

    /// Takes the oldest item if there is one.
    @inlinable
    public func take() -> Item? {
        locked { removeFirst() }
    }

    /// Takes the oldest item; waits for one until `deadline`, or for ever where that is `nil`.
    ///
    /// - Parameter lingering: nanoseconds to wait at first, whatever comes that can wait, unless half the capacity is
    ///   taken or the reader has left something behind: waking a thread costs more than a small item is worth, and so it is
    ///   woken for many.
    @inlinable
    public func next(until deadline: MonotonicTime? = nil, lingering: Int64 = 0) -> Next {
        locked {
            if lingering > 0, isUpToDate { linger(until: MediaClock.system.now() + lingering, deadline) }
            while true {
                if let item = removeFirst() { return .item(item) }
                if isClosed { return .closed }
                if !condition.wait(until: deadline), head == items.count {
                    return isClosed ? .closed : .timeout
                }
            }
        }
    }

    // The rest is called while the mutex is held.

    @inlinable var mustWake: Bool { urgent > 0 || totalCost > capacity / 2 }

    @inlinable func linger(until end: MonotonicTime, _ deadline: MonotonicTime?) {
        let end = deadline.map { min($0, end) } ?? end
        isLingering = true
        while !mustWake, !isClosed, condition.wait(until: end) {}
        isLingering = false
    }

    @inlinable func removeFirst() -> Item? {
        guard head < items.count, let entry = items[head].take() else { return nil }
        head += 1
        totalCost -= entry.cost
        if !entry.canWait { urgent -= 1 }
        isUpToDate = head == items.count
        // At most as many are moved as were read.
        if isUpToDate || (head >= 64 && head >= items.count / 2) {
            items.removeFirst(head)
            head = 0
        }
        return entry.item
    }

    /// Lets the reader end once it has read what is there. Later items are refused.
    public func close() {
        locked {
            isClosed = true
            condition.signalAll()
        }
    }

    /// Number of items that wait.
    public var count: Int { locked { items.count - head } }
}
