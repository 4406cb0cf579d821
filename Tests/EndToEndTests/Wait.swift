import Foundation

/// Bounded waiting for what other processes do. It never blocks a thread of the tests.
enum Wait {
    private static let interval = Duration.milliseconds(10)

    /// Returns as soon as `condition` gives a value.
    /// - Throws: ``HarnessError`` with `what` after `seconds`.
    static func until<Value>(
        _ what: String, seconds: Double = 15, _ condition: () throws -> Value?
    ) async throws -> Value {
        let end = ContinuousClock.now + .seconds(seconds)
        while true {
            if let value = try condition() { return value }
            guard ContinuousClock.now < end else {
                throw HarnessError("Waited \(seconds) s in vain for \(what).")
            }
            try await Task.sleep(for: interval)
        }
    }

    /// Returns as soon as `condition` holds.
    static func until(_ what: String, seconds: Double = 15, _ condition: () throws -> Bool) async throws {
        _ = try await until(what, seconds: seconds) { try condition() ? true : nil }
    }
}
