import Glibc

/// Whether the system lets this process start threads.
package enum ThreadSupply {
    /// Starts `count` threads at a time, and ends them again: event loops cannot be told that theirs failed.
    /// - Throws: ``AppError`` that names how many there can be.
    package static func check(_ count: Int) throws(AppError) {
        let gate = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
        defer { gate.deallocate() }
        gate.initialize(to: pthread_mutex_t())
        guard pthread_mutex_init(gate, nil) == 0 else { return }
        pthread_mutex_lock(gate)
        var threads: [pthread_t] = []
        while threads.count < count {
            var thread = pthread_t()
            let code = pthread_create(
                &thread, nil,
                { gate in
                    // Waits until all are there.
                    let gate = gate?.assumingMemoryBound(to: pthread_mutex_t.self)
                    if let gate, pthread_mutex_lock(gate) == 0 { pthread_mutex_unlock(gate) }
                    return nil
                }, gate)
            guard code == 0 else { break }
            threads.append(thread)
        }
        pthread_mutex_unlock(gate)
        for thread in threads { pthread_join(thread, nil) }
        pthread_mutex_destroy(gate)
        guard threads.count < count else { return }
        throw AppError(
            "The server needs \(count) threads, and the system lets it start \(threads.count). Raise the limit of "
                + "processes (ulimit -u, TasksMax), or set server.threads lower.", status: .unavailable)
    }
}
