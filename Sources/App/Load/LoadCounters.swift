import Measure

/// What a load run counts while it measures. Confined to the load's event loop.
struct LoadCounters {
    /// Packets that publishers handed to their sockets.
    var sent = 0
    var sentBytes = 0
    /// Packets that were due and not sent, because the server did not take those before.
    var unsent = 0
    /// Packets that subscribers received, with their frames' bytes.
    var delivered = 0
    var deliveredBytes = 0
    /// Packets that subscribers did not receive, by their numbers.
    var lost = 0
    var outOfOrder = 0
    /// Packets of which the server said that it left them out.
    var told = 0
    /// Tracks that a subscriber got nothing of.
    var silent = 0
    /// Connections that were lost after they had joined.
    var reconnects = 0
    var latencies = LatencyHistogram()
    var roundTrips = LatencyHistogram()
    /// How late packets were sent, for want of CPU time of the load itself.
    var delays = LatencyHistogram()
}
