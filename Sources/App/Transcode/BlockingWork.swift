import Media

/// Work that blocks, for those who await it.
enum BlockingWork {
    /// Runs `body` on a thread of its own.
    /// - Throws: what `body` throws, or that the system has no thread left.
    static func run<Result: Sendable>(
        _ name: String, _ body: @escaping @Sendable () throws -> Result
    ) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            do {
                _ = try BlockingThread(name) { continuation.resume(with: Swift.Result { try body() }) }
            } catch { continuation.resume(throwing: error) }
        }
    }
}
