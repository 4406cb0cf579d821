import Media

/// Gives up what has become old on one event loop, and what others need more. Confined to the loop.
final class LoopMemory {
    private let budget: MemoryBudget
    private let queued: MemoryCharge

    init(budget: MemoryBudget) {
        self.budget = budget
        queued = MemoryCharge(.queue, budget: budget)
    }

    /// Nobody is there any more.
    func clear() { queued.set(0) }

    /// Done every second or more often, not with each packet: in between, queues grow by no more than what is received.
    func review(_ shards: [RoomShard], _ connections: [ConnectionHandler]) {
        for shard in shards { shard.expireCaches() }
        if isShort(of: .cache) {
            for shard in shards.sorted(by: { $0.cachedMemory > $1.cachedMemory }) where isShort(of: .cache) {
                shard.dropCaches()
            }
        }
        var waiting = Waiting(shards)
        for connection in connections { waiting.add(connection) }
        queued.set(waiting.memory)
        if isShort(of: .queue) { shedQueues(of: connections, &waiting) }
        guard isShort(of: .input) else { return }
        for connection in connections.sorted(by: { $0.inputMemory > $1.inputMemory })
        where isShort(of: .input) { connection.shedInput() }
    }

    private func isShort(of use: MemoryBudget.Use) -> Bool { budget.excess(for: use) > 0 }

    private func shedQueues(of connections: [ConnectionHandler], _ waiting: inout Waiting) {
        for connection in connections.sorted(by: { $0.waitingBytes > $1.waitingBytes }) {
            guard isShort(of: .queue), connection.waitingBytes > 0 else { return }
            waiting.remove(connection)
            connection.shedQueue()
            waiting.add(connection)
            queued.set(waiting.memory)
        }
    }

    /// What queues keep from being freed.
    ///
    /// Many subscribers wait for the same packets, which are in memory once: what all subscribers of a shard wait for is at
    /// most what came through it lately.
    private struct Waiting {
        private var media: [ObjectIdentifier: Int] = [:]
        private var recent: [ObjectIdentifier: Int] = [:]
        private(set) var memory = 0

        init(_ shards: [RoomShard]) {
            for shard in shards { recent[ObjectIdentifier(shard)] = shard.recentBytes }
        }

        mutating func add(_ connection: ConnectionHandler) { change(connection, 1) }
        mutating func remove(_ connection: ConnectionHandler) { change(connection, -1) }

        private mutating func change(_ connection: ConnectionHandler, _ sign: Int) {
            guard let queue = connection.output.queue else { return }
            memory += sign * queue.controlBytes
            guard let shard = connection.shardID, let recent = recent[shard] else {
                memory += sign * queue.mediaBytes
                return
            }
            let before = media[shard, default: 0]
            let after = before + sign * queue.mediaBytes
            media[shard] = after
            memory += min(after, recent) - min(before, recent)
        }
    }
}
