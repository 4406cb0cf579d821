import Media

/// Work that blocks, for those who await it.
enum BlockingWork {
    /// Runs `body` on a thread of its own.
    /// - Throws: what `body` throws.
    static func run<Result: Sendable>(
        _ name: String, _ body: @escaping @Sendable () throws -> Result
    ) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            _ = BlockingThread(name) { continuation.resume(with: Swift.Result { try body() }) }
        }
    }
}
