import Glibc

/// Where threads wait until somebody says that something has changed. Deadlines are instants of ``MediaClock/system``.
///
/// Of use only while the mutex is held, which must live as long.
@usableFromInline final class MonotonicCondition: @unchecked Sendable {
    // SAFETY: POSIX lets every thread use a condition variable.
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>

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

    /// Lets go of the mutex until somebody signals or `deadline` has passed, for ever where that is `nil`. May return sooner.
    /// - Returns: `false` once the deadline has passed.
    @usableFromInline func wait(until deadline: MonotonicTime?) -> Bool {
        guard let deadline else { return pthread_cond_wait(condition, mutex) == 0 }
        // An instant before the clock's origin is no valid `timespec`; it has passed either way.
        let nanoseconds = max(0, deadline.nanoseconds)
        var time = timespec(
            tv_sec: Int(nanoseconds / 1_000_000_000), tv_nsec: Int(nanoseconds % 1_000_000_000))
        return pthread_cond_timedwait(condition, mutex, &time) != ETIMEDOUT
    }

    /// Wakes one of those who wait.
    @usableFromInline func signal() { pthread_cond_signal(condition) }

    /// Wakes all who wait.
    @usableFromInline func signalAll() { pthread_cond_broadcast(condition) }
}
