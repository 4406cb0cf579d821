import Media
import NIOCore

/// What the connections and room shards of one event loop share.
///
/// Confined to `loop`.
final class RelayLoop: @unchecked Sendable {
    // SAFETY: `loop` is constant; everything else is touched on `loop` only, which the methods check.

    let loop: any EventLoop
    /// What was counted on this loop; its gauges are filled in by ``gather()``.
    var counters = RelayCounters()
    /// Where a flush lists what it sends.
    let list = SendList()
    private let memory: LoopMemory
    private var shards: [ObjectIdentifier: RoomShard] = [:]
    private var connections: [ObjectIdentifier: ConnectionHandler] = [:]
    private var housekeeping: RepeatedTask?
    private let period: TimeAmount
    /// When the timer of ``connections`` came last, by the machine's clock.
    private var lastTurn = MediaClock.system.now()
    /// Nanoseconds by which the timer may be late on a machine that is merely busy.
    private static let tolerance: Int64 = 1_000_000_000

    init(loop: any EventLoop, configuration: RelayConfiguration) {
        self.loop = loop
        memory = LoopMemory(budget: configuration.memory)
        let shortest = min(
            configuration.helloTimeoutInSeconds, configuration.idleTimeoutInSeconds,
            configuration.slowConsumerTimeoutInSeconds)
        period = .nanoseconds(Int64(min(1, max(0.01, shortest / 4)) * 1e9))
    }

    /// Looks after the timers of `connection` from now on: one timer for all, because one each costs more than a
    /// connection that does nothing.
    func add(_ connection: ConnectionHandler) {
        loop.preconditionInEventLoop()
        connections[ObjectIdentifier(connection)] = connection
        guard housekeeping == nil else { return }
        lastTurn = MediaClock.system.now()
        housekeeping = loop.scheduleRepeatedTask(initialDelay: period, delay: period) {
            [self] _ in
            noticeStandstill()
            lastTurn = MediaClock.system.now()
            for connection in Array(connections.values) { connection.keepHouse() }
            memory.review(Array(shards.values), Array(connections.values))
        }
    }

    /// Excuses all connections where the loop has stood still, because the process was stopped or the machine was paused.
    /// To be called before anything is made of what came meanwhile, or of what did not.
    func noticeStandstill() {
        loop.preconditionInEventLoop()
        let late = MediaClock.system.now() - lastTurn - period.nanoseconds
        guard late > Self.tolerance else { return }
        lastTurn = lastTurn + late
        for connection in connections.values { connection.excuse(late) }
    }

    /// Forgets `connection`, which is closed.
    func remove(_ connection: ConnectionHandler) {
        loop.preconditionInEventLoop()
        connections[ObjectIdentifier(connection)] = nil
        guard connections.isEmpty else { return }
        memory.clear()
        housekeeping?.cancel()
        housekeeping = nil
    }

    /// Looks after what `shard` keeps from now on.
    func add(_ shard: RoomShard) {
        loop.preconditionInEventLoop()
        shards[ObjectIdentifier(shard)] = shard
    }

    /// Forgets `shard`, which serves nobody any more.
    func remove(_ shard: RoomShard) {
        loop.preconditionInEventLoop()
        shards[ObjectIdentifier(shard)] = nil
    }

    /// The counters with the gauges as they are now.
    func gather() -> RelayCounters {
        loop.preconditionInEventLoop()
        var gathered = counters
        gathered.connections = connections.count
        for connection in connections.values {
            guard let queue = connection.output.queue else { continue }
            gathered.queueingSubscribers += 1
            gathered.queuedBytes += queue.mediaBytes + queue.controlBytes
        }
        return gathered
    }
}
