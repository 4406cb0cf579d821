import Archive
import Codec
import Display
import Layout
import Logging
import Measure
import Media
import Synchronization

/// Decodes one track of a recorded file for the playout.
///
/// Holds a decoder only from the first packet on.
final class RecordedTrackDecoder: TrackDecoder, @unchecked Sendable {
    // SAFETY: its lane calls from one thread at a time; what changes is only touched there, but for `isCancelled`, which has
    // a lock.

    private enum Decoder {
        case video(VideoDecoder, Scaler)
        case audio(AudioDecoder, ReplaySound)
    }

    /// Sound is decoded to what every sound card plays.
    static let sampleRate = 48_000
    /// Nanoseconds behind its time at which a picture is not decoded any more, until the next keyframe.
    private static let patience: Int64 = 1_000_000_000

    let track: ReplayTrack
    /// The playout's number of the track.
    let output: UInt32
    let statistics: ReplayStatistics
    private let pace: ReplayPace
    private let playout: Playout
    private let pool: DecodePool
    private let clock: ReplayClock
    private let logger: Logger
    private let tileSize: @Sendable (UInt32) -> PixelSize?
    private let isCancelled = Mutex(false)
    private var decoder: Decoder?
    /// The last picture before the replay's beginning: it is on display then.
    private var earlier: DecodedPicture?
    private var isSkipping = false

    init(
        _ track: ReplayTrack, output: UInt32, pace: ReplayPace, playout: Playout, pool: DecodePool,
        clock: ReplayClock, statistics: ReplayStatistics, logger: Logger,
        tileSize: @escaping @Sendable (UInt32) -> PixelSize?
    ) {
        self.track = track
        self.output = output
        self.pace = pace
        self.playout = playout
        self.pool = pool
        self.clock = clock
        self.statistics = statistics
        self.logger = logger
        self.tileSize = tileSize
    }

    /// Nothing reaches the playout any more when this returns. Any thread.
    func cancel() { isCancelled.withLock { $0 = true } }

    private func push(_ body: () -> Void) { isCancelled.withLock { if !$0 { body() } } }

    // MARK: for the lane

    func decode(_ packet: Packet) throws {
        guard isCancelled.withLock({ !$0 }), isWorthDecoding(packet) else { return }
        do {
            switch try open() {
            case .video(let decoder, let scaler):
                for picture in try decoder.decode(packet) { try show(inOrder: picture, scaler) }
            case .audio(let decoder, var lane):
                for sound in try decoder.decode(packet) { play(sound, &lane) }
                self.decoder = .audio(decoder, lane)
            }
        } catch let error as CodecError where error.isDamage { statistics.failedToDecode(output) }
    }

    func dropped(_ error: NoDecoderFree?) {
        statistics.droppedHere(output, packets: 1)
        guard let error else { return }
        logger.warning(
            "a track is not decoded for now",
            metadata: ["participant": "\(track.participant)", "reason": "\(error)"])
    }

    func rest() {
        guard decoder != nil else { return }
        decoder = nil
        pool.closeDecoder()
    }

    func finish() throws {
        defer { rest() }
        guard isCancelled.withLock({ !$0 }), case .video(let decoder, let scaler) = decoder else { return }
        for picture in try decoder.finish() { try show(inOrder: picture, scaler) }
        if let earlier { try show(earlier, scaler) }
    }

    func failed(_ error: any Error) {
        logger.error(
            "a track cannot be decoded",
            metadata: ["participant": "\(track.participant)", "error": "\(error)"])
    }

    // MARK: decoding

    private func open() throws -> Decoder {
        if let decoder { return decoder }
        try pool.openDecoder()
        do {
            let new = try makeDecoder()
            decoder = new
            return new
        } catch {
            pool.closeDecoder()
            throw error
        }
    }

    private func makeDecoder() throws -> Decoder {
        let media = track.media
        switch media.kind {
        case .video:
            let decoder = try VideoDecoder(
                media.parameters, timeBase: media.timeBase, isLowDelay: media.parameters.reorderDepth == 0)
            return .video(decoder, Scaler())
        case .audio:
            let channels = Self.channels(track)
            let decoder = try AudioDecoder(
                media.parameters, timeBase: media.timeBase, sampleRate: Self.sampleRate, channels: channels)
            return .audio(decoder, ReplaySound(pace: pace, sampleRate: Self.sampleRate, channels: channels))
        }
    }

    private func isAfterStart(_ ticks: Int64) -> Bool { track.meetingTime(of: ticks) >= pace.start }

    // MARK: pictures

    /// Whether a picture is not hopelessly late. Sound always is worth it.
    private func isWorthDecoding(_ packet: Packet) -> Bool {
        guard track.media.kind == .video else { return true }
        let isLate = clock.now() - pace.instant(of: track.meetingTime(of: packet.pts)) > Self.patience
        isSkipping =
            isSkipping ? !packet.isKeyframe : isLate && isAfterStart(packet.pts) && !packet.isKeyframe
        if isSkipping { statistics.droppedHere(output, packets: 1) }
        return !isSkipping
    }

    /// Shows a picture, unless it is from before the start and another one from before follows.
    private func show(inOrder picture: DecodedPicture, _ scaler: Scaler) throws {
        guard isAfterStart(picture.pts) else { return earlier = picture }
        if let last = earlier { try show(last, scaler) }
        earlier = nil
        try show(picture, scaler)
    }

    private func show(_ picture: DecodedPicture, _ scaler: Scaler) throws {
        if picture.isCorrupt { statistics.failedToDecode(output) }
        var frame = picture.frame
        frame.time = pace.instant(of: track.meetingTime(of: picture.pts))
        let reading = statistics.readsPatterns ? TestPatternReader.read(frame) : nil
        let tile = tileSize(output) ?? PixelSize(width: frame.width, height: frame.height)
        let size = tile.fitting(width: frame.width, height: frame.height)
        let scaled = try scaler.scale(frame, to: .bgra, width: size.width, height: size.height)
        push {
            statistics.ready(output, time: frame.time, reading: reading)
            playout.push(scaled, track: output, ready: clock.now())
        }
    }

    // MARK: sound

    private func play(_ sound: DecodedSound, _ lane: inout ReplaySound) {
        guard isAfterStart(sound.pts) else { return }
        let time = track.meetingTime(of: sound.pts)
        guard let frame = lane.frame(sound.samples, meetingTime: time) else { return }
        push { playout.push(frame, track: output, ready: clock.now()) }
    }

    /// Channels that a track of sound is decoded to.
    static func channels(_ track: ReplayTrack) -> Int { min(max(track.media.parameters.channels, 1), 2) }
}
