import Media
import NIOCore

/// What the connections and room shards of one event loop share. Confined to `loop`.
final class RelayLoop: @unchecked Sendable {
    // SAFETY: `loop` is constant; everything else is touched on `loop` only, which `gather()` checks.

    let loop: any EventLoop
    /// What was counted on this loop; its gauges are filled in by ``gather()``.
    var counters = RelayCounters()

    init(loop: any EventLoop) { self.loop = loop }

    /// The counters with the gauges as they are now.
    func gather() -> RelayCounters {
        loop.preconditionInEventLoop()
        return counters
    }
}
