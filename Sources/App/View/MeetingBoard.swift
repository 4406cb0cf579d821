import Client
import Display
import Media
import Synchronization
import Wire

/// What a viewer shows around the pictures: chat, recording, whose connection has trouble. Any thread.
final class MeetingBoard: Sendable {
    private struct Track {
        let participant: String
        /// Whether packets of it come all the time: a still screen sends none for minutes.
        let isSteady: Bool
        let isVideo: Bool
        var isMuted = false
        var heard: MonotonicTime
    }

    private struct State {
        var names: [String: String] = [:]
        var tracks: [UInt32: Track] = [:]
        var silent: Set<String> = []
        var lines: [(text: String, until: MonotonicTime)] = []
        var recording = RecordingSign.off
        var isInterrupted = false
    }

    /// Lines of chat that are shown at most, and for how long, nanoseconds.
    private static let maximumLines = 5
    private static let lineLength: Int64 = 10_000_000_000
    /// Who sends nothing for so long has trouble, nanoseconds.
    private static let silence: Int64 = 3_000_000_000
    /// A server that says nothing for so long has trouble: it answers a ping every two seconds.
    private static let serverSilence: Int64 = 5_000_000_000
    private static let maximumReason = 200

    private let state = Mutex(State())
    private let clock: MediaClock

    init(clock: MediaClock) { self.clock = clock }

    // MARK: what happens

    func add(_ participant: String, name: String) { state.withLock { $0.names[participant] = name } }

    func remove(_ participant: String) {
        state.withLock { state in
            state.names[participant] = nil
            state.silent.remove(participant)
            state.tracks = state.tracks.filter { $0.value.participant != participant }
        }
    }

    func add(_ track: RemoteTrack) {
        let isVideo = track.description.kind == .video
        let new = Track(
            participant: track.participant.id, isSteady: !isVideo || track.description.source == "camera",
            isVideo: isVideo, heard: clock.now())
        state.withLock { $0.tracks[track.id.rawValue] = new }
    }

    func removeTrack(_ track: UInt32) { state.withLock { _ = $0.tracks.removeValue(forKey: track) } }

    /// A packet of a track came.
    func heard(_ track: UInt32) {
        let now = clock.now()
        state.withLock { $0.tracks[track]?.heard = now }
    }

    func setMuted(_ track: UInt32, _ isMuted: Bool) {
        let now = clock.now()
        state.withLock { state in
            state.tracks[track]?.isMuted = isMuted
            state.tracks[track]?.heard = now
        }
    }

    /// The name of a participant, its identifier where nothing is known.
    func name(of participant: String) -> String { state.withLock { $0.names[participant] ?? participant } }

    /// Somebody said something.
    func say(_ line: String) {
        let until = clock.now() + Self.lineLength
        state.withLock { state in
            state.lines.append((line, until))
            if state.lines.count > Self.maximumLines { state.lines.removeFirst() }
        }
    }

    func setRecording(_ recording: RecordingState, reason: String?) {
        let sign: RecordingSign =
            switch recording {
            case .recording: .recording
            case .paused: .paused
            case .off, .stopped: .off
            case .failed:
                .failed(reason: String((reason ?? "the server does not say why").prefix(Self.maximumReason)))
            }
        state.withLock { $0.recording = sign }
    }

    /// Whether one's own connection is broken.
    var isInterrupted: Bool {
        get { state.withLock(\.isInterrupted) }
        set { state.withLock { $0.isInterrupted = newValue } }
    }

    // MARK: what is shown

    /// Participants from whom nothing has come for a while, or comes again, since the last call. Tracks that are not shown
    /// are not sent, and those that are muted send nothing.
    func reviewSilence(_ now: MonotonicTime, shown: (UInt32) -> Bool) -> [(
        participant: String, isSilent: Bool
    )] {
        let tracks = state.withLock(\.tracks)
        var last: [String: MonotonicTime] = [:]
        for (id, track) in tracks where track.isSteady && !track.isMuted {
            if track.isVideo, !shown(id) { continue }
            last[track.participant] = max(last[track.participant] ?? track.heard, track.heard)
        }
        let silent = Set(last.filter { now - $0.value > Self.silence }.keys)
        return state.withLock { state in
            let changed = state.silent.symmetricDifference(silent)
            state.silent = silent
            return changed.map { ($0, silent.contains($0)) }
        }
    }

    /// What is shown now.
    /// - Parameter silence: nanoseconds since the server said something.
    func status(_ now: MonotonicTime, silence: Int64, own: OwnTile?) -> MeetingStatus {
        state.withLock { state in
            state.lines.removeAll { $0.until <= now }
            var status = MeetingStatus()
            status.recording = state.recording
            status.chat = state.lines.map(\.text)
            status.own = own
            if state.isInterrupted {
                status.banner = "Connection lost, trying again…"
            } else if silence > Self.serverSilence {
                status.banner = "The server does not answer…"
            }
            return status
        }
    }
}
