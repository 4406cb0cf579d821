import Client
import Display
import Logging
import Media
import Synchronization
import Wire

/// Turns what happens in the room into tiles, sounds and lines of text. Called on the connection's event loop.
final class ViewerRoom: SubscribeHandler {
    private struct State {
        var workers: [TrackID: DecodeWorker] = [:]
        var requestKeyframe: (@Sendable (TrackID) -> Void)?
        var missingPackets: (@Sendable (TrackID) -> Int)?
        /// Tracks whose tile was not laid out yet.
        var newcomers: Set<TrackID> = []
        var muted: Set<TrackID> = []
    }

    let playout: Playout
    let statistics: ViewerStatistics
    private let board: MeetingBoard
    private let own: @Sendable () -> String
    private let tile: @Sendable (UInt32) -> TileState?
    private let logger: Logger
    private let clock: MediaClock
    private let pools = DecodePools()
    private let state = Mutex(State())

    /// - Parameters:
    ///   - board: what is shown around the pictures.
    ///   - own: one's own identifier at present.
    init(
        playout: Playout, statistics: ViewerStatistics, board: MeetingBoard,
        own: @escaping @Sendable () -> String, logger: Logger, clock: MediaClock,
        tile: @escaping @Sendable (UInt32) -> TileState?
    ) {
        self.board = board
        self.own = own
        self.playout = playout
        self.statistics = statistics
        self.tile = tile
        self.logger = logger
        self.clock = clock
    }

    /// Lets the room ask the session back.
    func connect(_ session: SubscribeSession) {
        state.withLock { state in
            state.requestKeyframe = { session.requestKeyframe($0) }
            state.missingPackets = { session.missingPackets(on: $0) }
        }
    }

    func received(_ packet: Packet, on track: TrackID) {
        board.heard(track.rawValue)
        state.withLock { $0.workers[track] }?.receive(packet)
    }

    func handle(_ event: RoomEvent) {
        switch event {
        case .joined, .left, .away, .back: tell(of: event)
        case .interrupted(let reason):
            board.isInterrupted = true
            // The server says it again where it still holds.
            playout.forgetAbsences()
            Output.said("* \(reason); connecting again")
        case .restored:
            board.isInterrupted = false
            let tracks = state.withLock { Array($0.workers.keys) }
            startAgain(tracks.map(\.rawValue))
            Output.said("* connected again")
        case .trackAdded(let track): add(track)
        case .trackRemoved(let track): remove(track.id)
        case .chat(let message):
            let time = TimeOfDay.text(message.time)
            board.say("\(time) \(message.name): \(message.text)")
            Output.said("\(time) \(message.name): \(message.text)")
        case .recording(let recording, let reason):
            board.setRecording(recording, reason: reason)
            Output.said("* \(RecordingText.line(recording, reason: reason))")
        case .dropped(let track, let count, let reason):
            statistics.droppedByServer(track.rawValue, packets: count)
            logger.warning(
                "the server dropped packets for us: the network or this machine is too slow",
                metadata: ["track": "\(track)", "count": "\(count)", "reason": "\(reason)"])
        case .warning(let code, let message): logger.warning("\(message)", metadata: ["code": "\(code)"])
        case .muted(let track, let participant, let isMuted): setMuted(track, of: participant, isMuted)
        case .clock, .closed: break
        }
    }

    /// Somebody came, went, or has trouble.
    private func tell(of event: RoomEvent) {
        switch event {
        case .joined(let participant) where participant.id != own():
            playout.addParticipant(participant.id, name: participant.name)
            board.add(participant.id, name: participant.name)
            Output.said("* \(participant.name) \(statistics.isArriving ? "is here" : "joined")")
        case .left(let participant, _):
            playout.removeParticipant(participant.id)
            board.remove(participant.id)
            Output.said("* \(participant.name) left")
        case .away(let participant):
            playout.setAway(participant.id, true)
            Output.said("* \(participant.name) lost the connection")
        case .back(let participant):
            playout.setAway(participant.id, false)
            Output.said("* \(participant.name) is back")
        default: break
        }
    }

    /// Somebody's track is silent or dark on purpose, or not any more. Told once: the server says it again after a
    /// connection that was made again.
    private func setMuted(_ track: TrackID, of participant: String, _ isMuted: Bool) {
        playout.setMuted(track.rawValue, isMuted)
        board.setMuted(track.rawValue, isMuted)
        let hasChanged = state.withLock { state in
            isMuted ? state.muted.insert(track).inserted : state.muted.remove(track) != nil
        }
        guard hasChanged else { return }
        Output.said("* \(board.name(of: participant)) is \(isMuted ? "muted" : "not muted any more")")
    }

    /// These tracks are asked for again: what comes of them is a burst, as at the beginning. Any thread.
    func startAgain(_ tracks: [UInt32]) {
        let now = clock.now()
        for track in tracks {
            board.heard(track)
            playout.startAgain(track, at: now)
            state.withLock { $0.workers[TrackID(rawValue: track)] }?.startAgain(at: now)
        }
    }

    private func add(_ track: RemoteTrack) {
        let id = track.id.rawValue
        let now = clock.now()
        statistics.added(track)
        playout.addParticipant(track.participant.id, name: track.participant.name)
        board.add(track)
        switch track.description.format {
        case .video: playout.addVideoTrack(id, participant: track.participant.id, at: now)
        case .audio(let audio):
            playout.addAudioTrack(
                id, participant: track.participant.id, sampleRate: 48_000, channels: min(2, audio.channels),
                at: now)
        }
        let worker = DecodeWorker(
            track, playout: playout, pools: pools, tile: tile, statistics: statistics, logger: logger,
            clock: clock
        ) { [weak self] in
            let request = self?.state.withLock { $0.requestKeyframe }
            request?(track.id)
        }
        state.withLock { state in
            state.workers[track.id] = worker
            if track.description.kind == .video { state.newcomers.insert(track.id) }
        }
    }

    private func remove(_ track: TrackID) {
        let (worker, missing) = state.withLock { state in
            let worker = state.workers.removeValue(forKey: track)
            state.newcomers.remove(track)
            state.muted.remove(track)
            return (worker, state.missingPackets?(track) ?? 0)
        }
        worker?.finish()
        board.removeTrack(track.rawValue)
        statistics.removed(
            track.rawValue, playout: playout.statistics(ofTrack: track.rawValue), packetsMissing: missing)
        playout.removeTrack(track.rawValue)
    }

    /// The display has laid out what it knows of. Any thread.
    func laidOut() {
        let ready = state.withLock { state in
            let known = state.newcomers.filter { tile($0.rawValue) != nil }
            state.newcomers.subtract(known)
            return known.compactMap { state.workers[$0] }
        }
        for worker in ready { worker.laidOut() }
    }

    /// These tracks cannot be seen any more. Any thread.
    func rest(_ tracks: [UInt32]) {
        let workers = state.withLock { state in
            tracks.compactMap { state.workers[TrackID(rawValue: $0)] }
        }
        for worker in workers { worker.rest() }
    }

    /// Ends all decoders.
    func finish() async {
        let workers = state.withLock { state in
            defer { state.workers = [:] }
            return Array(state.workers.values)
        }
        for worker in workers { worker.finish() }
        await pools.finish()
    }
}
