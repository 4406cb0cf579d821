import Relay

/// What the relay has counted, as metrics.
enum RelayMetrics {
    static func families(_ counters: RelayCounters, _ counts: RoomCounts) -> [MetricFamily] {
        presence(counters, counts) + traffic(counters) + queues(counters)
    }

    private static func presence(_ counters: RelayCounters, _ counts: RoomCounts) -> [MetricFamily] {
        [
            MetricFamily(
                "convene_connections", "Connections that are open, those without a hello included.", .gauge,
                counters.connections),
            MetricFamily("convene_rooms", "Rooms that are open.", .gauge, counts.rooms),
            MetricFamily("convene_participants", "Participants in all rooms.", .gauge, counts.participants),
            MetricFamily(
                "convene_tracks", "Tracks that are published.", .gauge, by: "kind",
                ["video": counts.videoTracks, "audio": counts.audioTracks]),
        ]
    }

    private static func traffic(_ counters: RelayCounters) -> [MetricFamily] {
        [
            MetricFamily(
                "convene_packets_total",
                "Media packets received from publishers and handed to subscribers' sockets.",
                .counter, by: "direction", ["in": counters.packetsIn, "out": counters.packetsOut]),
            MetricFamily(
                "convene_bytes_total", "Bytes of frames received, and handed to sockets.", .counter,
                by: "direction", ["in": counters.bytesIn, "out": counters.bytesOut]),
            MetricFamily(
                "convene_flushes_total", "Flushes of a room's batch to its subscribers on one thread.",
                .counter,
                counters.flushes),
            MetricFamily(
                "convene_sends_total",
                "System calls of those flushes, by whether the socket took everything.",
                .counter, by: "result",
                ["complete": counters.sends - counters.shortSends, "short": counters.shortSends]),
            MetricFamily(
                "convene_keyframe_requests_total", "Keyframes asked of publishers.", .counter,
                counters.keyframeRequests),
            histogram(
                "convene_flush_packets", "Packets in one flush.", counters.flushSizes, perUnit: 1),
            histogram(
                "convene_relay_latency_seconds",
                "Time from the arrival of a packet to the end of its flush, once for each flush.",
                counters.latencies, perUnit: 1e6),
        ]
    }

    private static func queues(_ counters: RelayCounters) -> [MetricFamily] {
        [
            MetricFamily(
                "convene_dropped_packets_total", "Packets left out for a subscriber.", .counter,
                samples: [
                    dropped("video", counters.droppedVideoPackets),
                    dropped("audio", counters.droppedAudioPackets),
                ]),
            MetricFamily(
                "convene_layer_moves_total",
                "Moves of a subscriber to smaller pictures or back, because of how fast it reads.",
                .counter, counters.layerMoves),
            MetricFamily(
                "convene_slow_consumers_total", "Subscribers cut off because they took nothing for too long.",
                .counter, counters.slowConsumers),
            MetricFamily(
                "convene_queued_bytes", "Bytes that wait in subscribers' queues.", .gauge,
                counters.queuedBytes),
            MetricFamily(
                "convene_queueing_subscribers", "Subscribers for which something waits.", .gauge,
                counters.queueingSubscribers),
        ]
    }

    private static func dropped(_ kind: String, _ count: Int) -> MetricFamily.Sample {
        .init(
            labels: [.init(name: "kind", value: kind), .init(name: "reason", value: "slow_consumer")],
            value: Double(count))
    }

    private static func histogram(
        _ name: String, _ help: String, _ histogram: RelayCounters.Histogram, perUnit: Double
    ) -> MetricFamily {
        let bounds = histogram.buckets.indices.compactMap { histogram.upperBound(ofBucket: $0) }
        return MetricFamily(
            name, help, .histogram,
            samples: MetricFamily.histogram(
                bounds: bounds.map { Double($0) / perUnit }, counts: histogram.buckets,
                sum: Double(histogram.sum) / perUnit))
    }
}
