/// How far a file that grows is on the disk, and of which bytes of it the system's memory can be given back. Pure.
package struct SyncProgress {
    /// Bytes from the beginning that are on the disk.
    private var durable: Int64 = 0
    /// Bytes from the beginning of which the memory was given back.
    private var forgotten: Int64 = 0
    /// What stays in memory, in order.
    private var kept: [Range<Int64>] = []
    private var hasFailed = false
    /// The first byte of what may be neither on the disk nor on its way there.
    private var refused: Int64?

    /// An empty file.
    package init() {}

    /// A range is to stay in memory. In the order of the file.
    package mutating func keep(_ range: Range<Int64>) {
        if !hasFailed { kept.append(range) }
    }

    /// The disk has refused to sync. Memory may have the only good copy now: nothing more is given back.
    package mutating func fail() {
        (hasFailed, kept) = (true, [])
        refused = min(refused ?? durable, durable)
    }

    /// Whoever writes the file gives the disk once more what it has refused.
    /// - Returns: the first byte of it; `nil` where there is nothing.
    package mutating func takeRefused() -> Int64? {
        defer { refused = nil }
        return refused
    }

    /// The first `size` bytes are on the disk.
    /// - Returns: how many of them were not before; and what can be given back: what was there before, but for what is kept.
    package mutating func advance(to size: Int64) -> (fresh: Int64, idle: [Range<Int64>]) {
        let fresh = size - durable
        var idle: [Range<Int64>] = []
        if !hasFailed, forgotten < durable {
            let passed = kept.prefix { $0.lowerBound < durable }
            for range in passed {
                if forgotten < range.lowerBound { idle.append(forgotten..<range.lowerBound) }
                forgotten = max(forgotten, range.upperBound)
            }
            kept.removeFirst(passed.count)
            if forgotten < durable { idle.append(forgotten..<durable) }
            forgotten = max(forgotten, durable)
        }
        durable = size
        return (fresh, idle)
    }
}
