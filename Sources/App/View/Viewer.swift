import Client
import Codec
import Container
import Display
import Logging
import Media
import NIOCore
import Wire

/// Shows a room: connects what the session receives with decoders, playout, window and sound.
@MainActor
final class Viewer {
    private let options: ViewOptions
    private let connection: Connection
    private let playout: Playout
    private let statistics: ViewerStatistics
    private let display: any MeetingDisplay
    private let room: ViewerRoom
    /// What a person who also sends can switch.
    private let controls: JoinControls?
    private let board: MeetingBoard
    private let session: SubscribeSession
    private var tiles: TileRequest
    private let clock: MediaClock
    private let logger: Logger
    private var lastPicture: VideoFrame?
    private var nextPicture = MonotonicTime(nanoseconds: .min)

    private static let pictureInterval: Int64 = 1_000_000_000
    /// A frame that comes in meanwhile may be due at once: the loop looks at least so often.
    private static let longestNap: Int64 = 4_000_000

    /// Subscribes to everything.
    /// - Parameters:
    ///   - screen: what it is shown on.
    ///   - controls: of a person who also sends.
    init(
        connection: Connection, screen: ViewerScreen, options: ViewOptions, controls: JoinControls? = nil,
        logger: Logger, clock: MediaClock = .system
    ) {
        self.controls = controls
        self.connection = connection
        self.options = options
        self.logger = logger
        self.clock = clock
        let (statistics, playout, display) = (screen.statistics, screen.playout, screen.display)
        let board = MeetingBoard(clock: clock)
        self.board = board
        self.statistics = statistics
        self.playout = playout
        self.display = display
        room = ViewerRoom(
            playout: playout, statistics: statistics, board: board, own: { connection.participant },
            logger: logger, clock: clock,
            tile: { [weak display] in display?.tile(track: $0) })
        let maximumHeight = options.maximumHeight ?? WireLimits.pictureSizes.upperBound
        session = SubscribeSession(connection: connection, handler: room, maximumHeight: maximumHeight)
        tiles = TileRequest(maximumHeight: maximumHeight)
        room.connect(session)
    }

    /// Shows until the viewer quits or termination is requested, then writes what was asked for.
    func run(_ termination: Termination) async throws {
        let output = try ViewerSound(
            playout, isHeard: !options.isHeadless && options.playsSound, isParticipant: controls != nil,
            clock: clock, logger: logger)
        defer { output.stop() }
        while !termination.isRequested {
            let now = clock.now()
            showStatus(now)
            if try obey(display.step(now: now)) { break }
            room.laidOut()
            try keepPicture(now)
            subscribe(now)
            let due = playout.nextDue(after: now).map { $0 - clock.now() } ?? Self.longestNap
            try? await Task.sleep(for: .nanoseconds(max(500_000, min(due, Self.longestNap))))
        }
        termination.request()
        try writeSnapshot()
        try writeStatistics(output)
    }

    /// The loudspeaker's switch.
    var sound: LoudspeakerSwitch { LoudspeakerSwitch(playout: playout) }

    /// Does what the window does not do by itself.
    /// - Returns: whether it is the end.
    private func obey(_ commands: [ViewerCommand]) -> Bool {
        for command in commands {
            switch command {
            case .microphone: if let controls { controls.toggleMicrophone() } else { _ = sound.toggle() }
            case .camera: controls?.toggleCamera()
            case .quit: return true
            default: break
            }
        }
        return false
    }

    /// Brings the signs around the pictures up to date.
    private func showStatus(_ now: MonotonicTime) {
        for (participant, isSilent) in board.reviewSilence(
            now, shown: { display.tile(track: $0)?.isShown ?? true })
        {
            playout.setSilent(participant, isSilent)
        }
        display.status = board.status(now, silence: connection.silence, own: controls?.tile)
        if let picture = controls?.takePicture() { display.showOwn(picture) }
    }

    /// Asks for what can be seen, in the size in which it is seen.
    private func subscribe(_ now: MonotonicTime) {
        let changes = tiles.review(playout.roster().flatMap(\.videoTracks), now: now) {
            display.tile(track: $0)
        }
        if !changes.unwanted.isEmpty {
            session.unsubscribe(changes.unwanted.map(TrackID.init))
            room.rest(changes.unwanted)
        }
        for track in changes.resumed { statistics.startAgain(track) }
        room.startAgain(changes.resumed)
        for (height, tracks) in changes.wanted {
            session.subscribe(tracks.map(TrackID.init), maximumHeight: height)
        }
    }

    /// Ends the decoders. After the connection was closed.
    func finish() async { await room.finish() }

    /// A meeting that is over at the end has no picture any more: the last one that had some is kept for the snapshot.
    private func keepPicture(_ now: MonotonicTime) throws {
        guard options.snapshot != nil, now >= nextPicture, hasPictures else { return }
        nextPicture = now + Self.pictureInterval
        lastPicture = try display.snapshot(now: now)
    }

    private var hasPictures: Bool { playout.roster().contains { !$0.videoTracks.isEmpty } }

    private func writeSnapshot() throws {
        guard let path = options.snapshot else { return }
        let picture = hasPictures ? try display.snapshot(now: clock.now()) : lastPicture
        try Self.write(try PictureFile.png(picture ?? display.snapshot(now: clock.now())), to: path)
    }

    private func writeStatistics(_ output: ViewerSound) throws {
        guard let path = options.statistics else { return }
        var report = statistics.report(
            room: connection.room, participant: connection.participant, playout: playout.statistics(),
            missing: { session.missingPackets(on: TrackID(rawValue: $0)) })
        report.audioOutput = output.report
        try Self.write(try report.encoded(), to: path)
    }

    /// Writes a file whole or not at all.
    private static func write(_ bytes: [UInt8], to path: String) throws {
        try WholeFile.write(bytes, to: path)
    }
}
