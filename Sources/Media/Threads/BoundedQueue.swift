import Glibc

/// A queue between two threads where both wait: the writer for room, the reader for items.
///
/// Every method may be called from any thread.
public final class BoundedQueue<Item: Sendable>: @unchecked Sendable {
    // SAFETY: all mutable state is only touched while `mutex` is held.
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var items: [Item] = []
    private var isClosed = false
    private let capacity: Int

    /// A queue of at most `capacity` items.
    public init(capacity: Int) {
        self.capacity = capacity
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(condition, nil)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    private func locked<Result>(_ body: () -> Result) -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return body()
    }

    /// Appends an item, once there is room.
    /// - Returns: `false` where the queue was closed: nobody wants more.
    @discardableResult
    public func put(_ item: Item) -> Bool {
        locked {
            while items.count >= capacity, !isClosed { pthread_cond_wait(condition, mutex) }
            guard !isClosed else { return false }
            items.append(item)
            pthread_cond_broadcast(condition)
            return true
        }
    }

    /// Takes the oldest item, once there is one; `nil` once the queue is closed and empty.
    public func take() -> Item? {
        locked {
            while items.isEmpty, !isClosed { pthread_cond_wait(condition, mutex) }
            guard !items.isEmpty else { return nil }
            let item = items.removeFirst()
            pthread_cond_broadcast(condition)
            return item
        }
    }

    /// No further items come or are wanted. What is in the queue can still be read.
    public func close() {
        locked {
            isClosed = true
            pthread_cond_broadcast(condition)
        }
    }
}
