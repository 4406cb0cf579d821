import Client
import Codec
import Display
import Layout
import Logging
import Measure
import Media

/// Decodes one track of a live room for the playout: pictures to the size of their tile, sound to what every card plays.
///
/// Holds a decoder only from the first packet on, and not while it rests.
final class LiveTrackDecoder: TrackDecoder, @unchecked Sendable {
    // SAFETY: its lane calls from one thread at a time; what changes is only touched there.

    private enum Decoder {
        case video(VideoDecoder, Scaler)
        case audio(AudioDecoder)
    }

    /// Sound is decoded to what every sound card plays.
    private static let sampleRate = 48_000

    private let track: RemoteTrack
    private let playout: Playout
    private let pool: DecodePool
    private let tile: @Sendable (UInt32) -> TileState?
    private let statistics: ViewerStatistics
    private let clock: MediaClock
    private let logger: Logger
    private let asked: AskedTime
    private let requestKeyframe: @Sendable () -> Void
    private var decoder: Decoder?
    private var gate: LatenessGate
    private var changes = ParameterChangeGate()

    init(
        track: RemoteTrack, playout: Playout, pool: DecodePool,
        tile: @escaping @Sendable (UInt32) -> TileState?,
        statistics: ViewerStatistics, clock: MediaClock, logger: Logger, asked: AskedTime,
        requestKeyframe: @escaping @Sendable () -> Void
    ) {
        self.track = track
        self.playout = playout
        self.pool = pool
        self.tile = tile
        self.statistics = statistics
        self.clock = clock
        self.logger = logger
        self.asked = asked
        self.requestKeyframe = requestKeyframe
        gate = LatenessGate(asked: asked.time)
    }

    private var id: UInt32 { track.id.rawValue }

    private func localTime(_ pts: Int64) -> MonotonicTime { track.clock.localTime(ofPTS: pts) ?? clock.now() }

    // MARK: for the lane

    func decode(_ packet: Packet) throws {
        gate.asked = asked.time
        if track.description.kind == .video {
            guard isWorthDecoding(packet) else { return }
            guard changes.admits(packet, now: clock.now()) else {
                return statistics.droppedHere(id, packets: 1)
            }
        }
        do {
            switch try open() {
            case .video(let decoder, let scaler):
                for picture in try decoder.decode(packet) {
                    if picture.isCorrupt { statistics.failedToDecode(id) }
                    try show(picture, scaler)
                }
            case .audio(let decoder): for sound in try decoder.decode(packet) { play(sound, decoder) }
            }
        } catch let error as CodecError where error.isDamage {
            statistics.failedToDecode(id)
            if track.description.kind == .video { requestKeyframe() }
        }
    }

    func dropped(_ error: NoDecoderFree?) {
        statistics.droppedHere(id, packets: 1)
        guard let error else { return }
        logger.warning(
            "a track is not decoded for now",
            metadata: ["participant": "\(track.participant.name)", "reason": "\(error)"])
    }

    func rest() {
        guard decoder != nil else { return }
        decoder = nil
        pool.closeDecoder()
    }

    func finish() throws {
        defer { rest() }
        guard case .video(let decoder, let scaler) = decoder else { return }
        for picture in try decoder.finish() { try show(picture, scaler) }
    }

    func failed(_ error: any Error) {
        logger.error(
            "a track cannot be decoded",
            metadata: ["participant": "\(track.participant.name)", "error": "\(error)"])
    }

    // MARK: decoding

    private func open() throws -> Decoder {
        if let decoder { return decoder }
        try pool.openDecoder()
        do {
            let new: Decoder
            switch track.description.format {
            case .video: new = .video(try VideoDecoder(track.description), Scaler())
            case .audio(let audio):
                new = .audio(
                    try AudioDecoder(
                        track.description, sampleRate: Self.sampleRate,
                        channels: max(1, min(2, audio.channels))))
            }
            decoder = new
            return new
        } catch {
            pool.closeDecoder()
            throw error
        }
    }

    private func isWorthDecoding(_ packet: Packet) -> Bool {
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
        let reading = statistics.readsPatterns ? TestPatternReader.read(frame) : nil
        let tile = tile(id)?.size ?? PixelSize(width: frame.width, height: frame.height)
        let size = tile.fitting(width: frame.width, height: frame.height)
        let scaled = try scaler.scale(frame, to: .bgra, width: size.width, height: size.height)
        statistics.ready(id, time: frame.time, height: frame.height, reading: reading)
        playout.push(scaled, track: id, ready: clock.now())
    }

    private func play(_ sound: DecodedSound, _ decoder: AudioDecoder) {
        let frame = AudioFrame(
            sampleRate: Self.sampleRate, channels: decoder.channels, time: localTime(sound.pts),
            samples: sound.samples)
        playout.push(frame, track: id, ready: clock.now())
    }
}
