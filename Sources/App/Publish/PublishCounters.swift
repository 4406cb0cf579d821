import Synchronization

/// What became of the pictures and sounds of a publisher, for the summary and the log. Any thread.
final class PublishCounters: Sendable {
    struct Values: Sendable {
        var captured = 0
        var droppedBeforeEncoding = 0
        var lostByDevice = 0
        var damaged = 0
        var videoPackets = 0
        var audioPackets = 0
        var filledSamples = 0
        var droppedByNetwork = 0
    }

    private let values = Mutex(Values())

    func update(_ body: @Sendable (inout Values) -> Void) { values.withLock { body(&$0) } }

    var current: Values { values.withLock { $0 } }

    /// For people.
    var summary: String {
        let now = current
        var parts = ["sent \(now.videoPackets) video and \(now.audioPackets) audio packets"]
        func add(_ count: Int, _ what: String) {
            if count > 0 { parts.append("\(count) \(what)") }
        }
        add(now.droppedBeforeEncoding, "pictures dropped because the encoder was too slow")
        add(now.lostByDevice, "pictures lost by the device")
        add(now.damaged, "damaged pictures skipped")
        add(now.filledSamples, "samples of silence filled in")
        add(now.droppedByNetwork, "packets not sent because the network was too slow or the server was away")
        return parts.joined(separator: ", ")
    }
}
