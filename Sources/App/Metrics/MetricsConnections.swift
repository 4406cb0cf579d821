import NIOCore

/// The open connections of the metrics server, oldest first.
struct MetricsConnections {
    private let maximum: Int
    private let perAddress: Int
    private var open: [(number: Int, channel: any Channel, address: String)] = []
    private var next = 0

    init(maximum: Int, perAddress: Int) {
        self.maximum = maximum
        self.perAddress = perAddress
    }

    /// Takes one more.
    /// - Returns: its number, and those that have to be closed for it: the oldest of its address, or of all.
    mutating func add(_ channel: any Channel, address: String) -> (number: Int, evicted: [any Channel]) {
        var evicted: [any Channel] = []
        let oldestOfAddress = open.firstIndex { $0.address == address }
        if let oldestOfAddress, open.count(where: { $0.address == address }) >= perAddress {
            evicted.append(open.remove(at: oldestOfAddress).channel)
        } else if open.count >= maximum {
            evicted.append(open.removeFirst().channel)
        }
        next += 1
        open.append((next, channel, address))
        return (next, evicted)
    }

    /// Forgets one that has ended.
    mutating func remove(_ number: Int) { open.removeAll { $0.number == number } }
}
