import Archive
import Capture
import Codec
import Display
import Media
import Synchronization

/// What the thread of a ``ReplayWorker`` does.
final class ReplayWork: Sendable {
    private struct State {
        var isCancelled = false
        /// Packets that were handed in and are not decoded yet.
        var pending = 0
        /// Whether one of them is being decoded.
        var isBusy = false
    }

    let track: ReplayTrack
    /// The playout's number of the track.
    let output: UInt32
    let statistics: ReplayStatistics
    private let pace: ReplayPace
    private let playout: Playout
    private let clock: ReplayClock
    private let tileSize: @Sendable (UInt32) -> PixelSize?
    private let state = Mutex(State())

    /// Sound is decoded to what every sound card plays.
    static let sampleRate = 48_000
    /// Nanoseconds behind its time at which a picture is not decoded any more, until the next keyframe.
    private static let patience: Int64 = 1_000_000_000

    init(
        _ track: ReplayTrack, output: UInt32, pace: ReplayPace, playout: Playout, clock: ReplayClock,
        statistics: ReplayStatistics, tileSize: @escaping @Sendable (UInt32) -> PixelSize?
    ) {
        self.track = track
        self.output = output
        self.pace = pace
        self.playout = playout
        self.clock = clock
        self.statistics = statistics
        self.tileSize = tileSize
    }

    /// Whether nothing waits to be decoded.
    var isIdle: Bool { state.withLock { $0.pending == 0 } }

    /// A packet is about to be handed in.
    func expect() { state.withLock { $0.pending += 1 } }

    func cancel() { state.withLock { $0.isCancelled = true } }

    /// What was handed in is not waited for any more.
    func ended() { state.withLock { $0.pending = 0 } }

    func run(_ mailbox: Mailbox<Packet>) throws {
        switch track.media.kind {
        case .video: try decodeVideo(mailbox)
        case .audio: try decodeAudio(mailbox)
        }
    }

    /// The next packet; `nil` to end.
    private func next(_ mailbox: Mailbox<Packet>) -> Packet? {
        state.withLock { state in
            if state.isBusy { state.pending -= 1 }
            state.isBusy = false
        }
        guard case .item(let packet) = mailbox.next() else { return nil }
        return state.withLock { state in
            state.isBusy = true
            return state.isCancelled ? nil : packet
        }
    }

    private func push(_ body: () -> Void) { state.withLock { if !$0.isCancelled { body() } } }

    // MARK: pictures

    private func decodeVideo(_ mailbox: Mailbox<Packet>) throws {
        let decoder = try VideoDecoder(
            track.media.parameters, timeBase: track.media.timeBase,
            isLowDelay: track.media.parameters.reorderDepth == 0)
        let scaler = Scaler()
        /// The last picture before the replay's beginning: it is on display then.
        var earlier: DecodedPicture?
        var isSkipping = false
        while let packet = next(mailbox) {
            let isLate = clock.now() - pace.instant(of: track.meetingTime(of: packet.pts)) > Self.patience
            isSkipping =
                isSkipping ? !packet.isKeyframe : isLate && isAfterStart(packet.pts) && !packet.isKeyframe
            if isSkipping {
                statistics.droppedHere(output, packets: 1)
                continue
            }
            do {
                for picture in try decoder.decode(packet) { try show(picture, after: &earlier, scaler) }
            } catch let error as CodecError where error.isDamage { statistics.failedToDecode(output) }
        }
        for picture in try decoder.finish() { try show(picture, after: &earlier, scaler) }
        if let earlier { try show(earlier, scaler) }
    }

    private func isAfterStart(_ ticks: Int64) -> Bool { track.meetingTime(of: ticks) >= pace.start }

    private func show(_ picture: DecodedPicture, after earlier: inout DecodedPicture?, _ scaler: Scaler)
        throws
    {
        guard isAfterStart(picture.pts) else { return earlier = picture }
        if let last = earlier { try show(last, scaler) }
        earlier = nil
        try show(picture, scaler)
    }

    private func show(_ picture: DecodedPicture, _ scaler: Scaler) throws {
        if picture.isCorrupt { statistics.failedToDecode(output) }
        var frame = picture.frame
        frame.time = pace.instant(of: track.meetingTime(of: picture.pts))
        let reading = TestPatternReader.read(frame)
        let tile = tileSize(output) ?? PixelSize(width: frame.width, height: frame.height)
        let size = tile.fitting(width: frame.width, height: frame.height)
        let scaled = try scaler.scale(frame, to: .bgra, width: size.width, height: size.height)
        push {
            statistics.ready(output, time: frame.time, reading: reading)
            playout.push(scaled, track: output, ready: clock.now())
        }
    }

    // MARK: sound

    private func decodeAudio(_ mailbox: Mailbox<Packet>) throws {
        let channels = Self.channels(track)
        let decoder = try AudioDecoder(
            track.media.parameters, timeBase: track.media.timeBase, sampleRate: Self.sampleRate,
            channels: channels)
        var lane = SoundLane(pace: pace, sampleRate: Self.sampleRate, channels: channels)
        while let packet = next(mailbox) {
            do {
                for sound in try decoder.decode(packet) { play(sound, &lane) }
            } catch {
                guard error.isDamage else { throw error }
                statistics.failedToDecode(output)
            }
        }
    }

    private func play(_ sound: DecodedSound, _ lane: inout SoundLane) {
        guard isAfterStart(sound.pts) else { return }
        let time = track.meetingTime(of: sound.pts)
        guard let frame = lane.frame(sound.samples, meetingTime: time) else { return }
        push { playout.push(frame, track: output, ready: clock.now()) }
    }

    /// Channels that a track of sound is decoded to.
    static func channels(_ track: ReplayTrack) -> Int { min(max(track.media.parameters.channels, 1), 2) }
}
