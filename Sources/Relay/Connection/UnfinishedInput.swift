import Media
import Wire

/// What has come of a frame that is not complete: its memory is counted, and its time is limited.
///
/// Confined to its connection's event loop.
struct UnfinishedInput {
    /// Bytes of a frame below which nobody cares how long it takes: the idle timeout ends it.
    private static let smallBytes = 65_536
    /// Bytes that have to come within the timeout.
    private static let leastProgress = 16_384

    private let account: MemoryAccount
    private let charge: MemoryCharge
    private let timeoutInSeconds: Double
    private var progress: (bytes: Int, time: MonotonicTime)?
    /// Bytes of memory that it takes.
    private(set) var memory = 0

    init(account: MemoryAccount, timeoutInSeconds: Double) {
        self.account = account
        self.timeoutInSeconds = timeoutInSeconds
        charge = MemoryCharge(.input, budget: account.budget, account: account)
    }

    /// Says how much memory it takes now, after something was read.
    /// - Returns: why the rest is not waited for, if it is not.
    mutating func note(memory: Int) -> WireError? {
        self.memory = memory
        guard charge.set(memory), memory > 0 else { return nil }
        if !account.budget.hasRoom(for: .input) { return RelayContext.memoryShort }
        guard account.exceedsShare else { return nil }
        return WireError(
            .serverFull,
            "Unfinished frames and pictures of your address take \(account.used) bytes of the server's memory; "
                + "\(account.budget.shareOfAddress) are allowed. Use fewer connections or lower bitrates.")
    }

    /// Looks at the clock; `bytes` have come of the frame so far.
    /// - Returns: why the rest is not waited for, if it is not.
    mutating func review(bytes: Int, now: MonotonicTime) -> WireError? {
        guard bytes >= Self.smallBytes else {
            progress = nil
            return nil
        }
        guard let last = progress, bytes >= last.bytes, bytes < last.bytes + Self.leastProgress else {
            progress = (bytes, now)
            return nil
        }
        guard now - last.time >= Int64(timeoutInSeconds * 1e9) else { return nil }
        return WireError(
            .idleTimeout,
            "A frame of which \(bytes) bytes have come made no progress for \(timeoutInSeconds) s.")
    }

    /// The server stood still for so many nanoseconds.
    mutating func excuse(_ nanoseconds: Int64, now: MonotonicTime) {
        progress = progress.map { ($0.bytes, min(now, $0.time + nanoseconds)) }
    }
}
