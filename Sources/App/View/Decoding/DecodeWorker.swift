import Client
import Codec
import Display
import Logging
import Media
import Synchronization

/// Takes one track's packets on the event loop and has them decoded by the pools' threads, which hand what is ready to the
/// playout.
///
/// What waits is bounded. Where this machine is too slow for the track, packets are dropped up to the next keyframe,
/// which is asked for: when the queue is full, and when a picture is too old by the time it could be decoded. Pictures of a
/// tile that cannot be seen are not decoded, and hold no decoder.
final class DecodeWorker: Sendable {
    /// Bytes of packets that wait at most.
    private static let capacity = 32 << 20

    private let lane: DecodeLane
    private let track: RemoteTrack
    private let statistics: ViewerStatistics
    private let tile: @Sendable (UInt32) -> TileState?
    private let requestKeyframe: @Sendable () -> Void
    /// Confined to the event loop: only ``receive(_:)`` touches it.
    private let gate = PacketGate()
    private let asked: AskedTime

    init(
        _ track: RemoteTrack, playout: Playout, pools: DecodePools,
        tile: @escaping @Sendable (UInt32) -> TileState?,
        statistics: ViewerStatistics, logger: Logger, clock: MediaClock,
        requestKeyframe: @escaping @Sendable () -> Void
    ) {
        self.track = track
        self.statistics = statistics
        self.tile = tile
        self.requestKeyframe = requestKeyframe
        asked = AskedTime(clock.now())
        let isVideo = track.description.kind == .video
        let pool = isVideo ? pools.pictures : pools.sound
        let decoder = LiveTrackDecoder(
            track: track, playout: playout, pool: pool, tile: tile, statistics: statistics, clock: clock,
            logger: logger, asked: asked, requestKeyframe: requestKeyframe)
        lane = DecodeLane(decoder, pool: pool, capacity: Self.capacity)
    }

    private var isVideo: Bool { track.description.kind == .video }

    /// Takes one packet. On the event loop; never blocks.
    func receive(_ packet: Packet) {
        statistics.received(track.id.rawValue)
        let tile = isVideo ? tile(track.id.rawValue) : nil
        if let tile, !tile.isShown { return gate.isClosed = true }
        if gate.isClosed, !packet.isKeyframe {
            return statistics.droppedHere(track.id.rawValue, packets: 1)
        }
        // Until its tile is laid out nobody knows whether it is seen, nor in which size.
        if lane.put(packet, waits: isVideo && tile == nil) {
            gate.isClosed = false
        } else {
            statistics.droppedHere(track.id.rawValue, packets: 1)
            if !gate.isClosed { requestKeyframe() }
            gate.isClosed = true
        }
    }

    /// The track was asked for again: what comes next is a burst, as at the beginning.
    func startAgain(at now: MonotonicTime) { asked.time = now }

    /// Its tile was laid out: what waited for that is decoded.
    func laidOut() { lane.schedule() }

    /// Its tile cannot be seen any more.
    func rest() { lane.rest() }

    /// No packet follows. What waits is decoded.
    func finish() { lane.close() }

    private final class PacketGate: @unchecked Sendable {
        // SAFETY: only touched on the connection's event loop.
        var isClosed = false
    }
}

/// When a track was asked for, the last time. Any thread.
final class AskedTime: Sendable {
    private let nanoseconds: Atomic<Int64>

    init(_ time: MonotonicTime) { nanoseconds = Atomic(time.nanoseconds) }

    var time: MonotonicTime {
        get { MonotonicTime(nanoseconds: nanoseconds.load(ordering: .relaxed)) }
        set { nanoseconds.store(newValue.nanoseconds, ordering: .relaxed) }
    }
}
