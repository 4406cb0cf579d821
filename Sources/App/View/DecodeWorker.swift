import Capture
import Client
import Codec
import Display
import Logging
import Media
import Synchronization

/// Decodes one track on a thread of its own, and hands what is ready to the playout.
///
/// Its queue is bounded. Where this machine is too slow for the track, packets are dropped up to the next keyframe,
/// which is asked for: when the queue is full, and when a picture is too old by the time it could be decoded.
final class DecodeWorker: Sendable {
    private let mailbox = Mailbox<Packet>(capacity: 32 << 20)
    /// `nil` where the system had no thread left: nothing of the track is decoded.
    private let thread: BlockingThread?
    private let track: RemoteTrack
    private let statistics: ViewerStatistics
    private let requestKeyframe: @Sendable () -> Void
    /// Confined to the event loop: only ``receive(_:)`` touches it.
    private let gate = PacketGate()
    private let asked: AskedTime

    init(
        _ track: RemoteTrack, playout: Playout, tile: @escaping @Sendable (UInt32) -> TileState?,
        statistics: ViewerStatistics, logger: Logger, clock: MediaClock,
        requestKeyframe: @escaping @Sendable () -> Void
    ) {
        self.track = track
        self.statistics = statistics
        self.requestKeyframe = requestKeyframe
        let mailbox = mailbox
        asked = AskedTime(clock.now())
        let work = DecodeWork(
            track: track, playout: playout, tile: tile, statistics: statistics, clock: clock,
            asked: { [asked] in MonotonicTime(nanoseconds: asked.nanoseconds.load(ordering: .relaxed)) },
            requestKeyframe: requestKeyframe)
        let fail: @Sendable (any Error) -> Void = { error in
            logger.error(
                "a track cannot be decoded",
                metadata: ["participant": "\(track.participant.name)", "error": "\(error)"])
            mailbox.close()
        }
        do {
            thread = try BlockingThread("decode-\(track.id)") {
                do { try work.run(mailbox) } catch { fail(error) }
            }
        } catch {
            thread = nil
            fail(error)
        }
    }

    /// Takes one packet. On the event loop; never blocks.
    func receive(_ packet: Packet) {
        statistics.received(track.id.rawValue)
        if gate.isClosed, !packet.isKeyframe {
            return statistics.droppedHere(track.id.rawValue, packets: 1)
        }
        if mailbox.put(packet, cost: packet.payload.count + 128) {
            gate.isClosed = false
        } else {
            statistics.droppedHere(track.id.rawValue, packets: 1)
            if !gate.isClosed { requestKeyframe() }
            gate.isClosed = true
        }
    }

    /// The track was asked for again: what comes next is a burst, as at the beginning.
    func startAgain(at now: MonotonicTime) { asked.nanoseconds.store(now.nanoseconds, ordering: .relaxed) }

    /// Lets the thread end when it has decoded what it has.
    func finish() { mailbox.close() }

    /// Whether the thread has ended.
    var isFinished: Bool { thread?.isFinished ?? true }

    /// Returns when the thread has ended.
    func wait() async { await thread?.wait() }

    /// When the track was asked for, the last time.
    private final class AskedTime: Sendable {
        let nanoseconds: Atomic<Int64>

        init(_ time: MonotonicTime) { nanoseconds = Atomic(time.nanoseconds) }
    }

    private final class PacketGate: @unchecked Sendable {
        // SAFETY: only touched on the connection's event loop.
        var isClosed = false
    }
}

/// What the thread of a decode worker does.
private struct DecodeWork: Sendable {
    let track: RemoteTrack
    let playout: Playout
    let tile: @Sendable (UInt32) -> TileState?
    let statistics: ViewerStatistics
    let clock: MediaClock
    let asked: @Sendable () -> MonotonicTime
    let requestKeyframe: @Sendable () -> Void

    /// Sound is decoded to what every sound card plays.
    private static let sampleRate = 48_000

    private var id: UInt32 { track.id.rawValue }

    func run(_ mailbox: Mailbox<Packet>) throws {
        switch track.description.kind {
        case .video: try decodeVideo(mailbox)
        case .audio: try decodeAudio(mailbox)
        }
    }

    private func localTime(_ pts: Int64) -> MonotonicTime { track.clock.localTime(ofPTS: pts) ?? clock.now() }

    private func decodeVideo(_ mailbox: Mailbox<Packet>) throws {
        let decoder = try VideoDecoder(track.description)
        let scaler = Scaler()
        var gate = LatenessGate(asked: asked())
        while case .item(let packet) = mailbox.next() {
            gate.asked = asked()
            guard isWorthDecoding(packet, &gate) else { continue }
            do {
                for picture in try decoder.decode(packet) {
                    if picture.isCorrupt { statistics.failedToDecode(id) }
                    try show(picture, scaler)
                }
            } catch let error as CodecError where error.isDamage {
                statistics.failedToDecode(id)
                requestKeyframe()
            }
        }
        for picture in try decoder.finish() { try show(picture, scaler) }
    }

    private func isWorthDecoding(_ packet: Packet, _ gate: inout LatenessGate) -> Bool {
        let captured = localTime(packet.pts)
        switch gate.decide(captured: captured, isKeyframe: packet.isKeyframe, now: clock.now()) {
        case .decode: return true
        case .skip(let asksForKeyframe):
            statistics.droppedHere(id, packets: 1)
            if asksForKeyframe { requestKeyframe() }
            return false
        }
    }

    private func show(_ picture: DecodedPicture, _ scaler: Scaler) throws {
        var frame = picture.frame
        frame.time = localTime(picture.pts)
        let reading = TestPatternReader.read(frame)
        let tile = tile(id)?.size ?? PixelSize(width: frame.width, height: frame.height)
        let size = tile.fitting(width: frame.width, height: frame.height)
        let scaled = try scaler.scale(frame, to: .bgra, width: size.width, height: size.height)
        statistics.ready(id, time: frame.time, height: frame.height, reading: reading)
        playout.push(scaled, track: id, ready: clock.now())
    }

    private func decodeAudio(_ mailbox: Mailbox<Packet>) throws {
        let channels = min(2, track.description.audio?.channels ?? 2)
        let decoder = try AudioDecoder(track.description, sampleRate: Self.sampleRate, channels: channels)
        while case .item(let packet) = mailbox.next() {
            do {
                for sound in try decoder.decode(packet) {
                    let frame = AudioFrame(
                        sampleRate: Self.sampleRate, channels: channels, time: localTime(sound.pts),
                        samples: sound.samples)
                    playout.push(frame, track: id, ready: clock.now())
                }
            } catch {
                guard error.isDamage else { throw error }
                statistics.failedToDecode(id)
            }
        }
    }
}
