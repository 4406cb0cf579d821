import Client
import Display
import Measure
import Media
import Synchronization

/// Collects what a viewer measures, from the decode workers, the display and the audio output. Any thread.
final class ViewerStatistics: Sendable {
    private struct State {
        var tracks: [UInt32: TrackState] = [:]
        var ended: [ViewerReport.Track] = []
        var sync: [String: SyncStatistics] = [:]
    }

    private struct TrackState {
        var report: ViewerReport.Track
        var pattern = PatternStatistics()
        var asked: MonotonicTime
        var askedWall: Int64
        /// Patterns of pictures that were decoded and not shown yet, by the time of the picture.
        var readings: [(time: MonotonicTime, reading: TestPatternReader.Reading)] = []
    }

    private static let maximumReadings = 256
    /// Tracks that ended of which something is kept: a room that lives for weeks has more.
    private static let maximumEnded = 4096
    private static let arrival: Int64 = 500_000_000

    private let state = Mutex(State())
    private let clock: MediaClock
    private let began: Atomic<Int64>
    /// Whether somebody wants to know what test patterns say: to look for one in every picture costs something.
    let readsPatterns: Bool

    /// Statistics of a viewer that connects now.
    init(clock: MediaClock, readsPatterns: Bool) {
        self.clock = clock
        self.readsPatterns = readsPatterns
        began = Atomic(clock.now().nanoseconds)
    }

    /// The viewer begins to connect only now.
    func beginConnecting() { began.store(clock.now().nanoseconds, ordering: .relaxed) }

    private var joined: MonotonicTime { MonotonicTime(nanoseconds: began.load(ordering: .relaxed)) }

    /// Whether somebody or something that appears now was there before the viewer. What appears in the first half
    /// second counts as that: the wait for its picture began when the viewer began to connect.
    var isArriving: Bool { clock.now() - joined < Self.arrival }

    /// A track began.
    func added(_ track: RemoteTrack) {
        let now = clock.now()
        let asked = isArriving ? joined : now
        let report = ViewerReport.Track(
            track: track.id.rawValue, participant: track.participant.id, name: track.participant.name,
            kind: track.description.kind.rawValue, codec: track.description.codec.rawValue,
            width: track.description.video?.width, height: track.description.video?.height)
        let wall = (clock.wallNanoseconds() - (now - asked)) / 1_000_000
        state.withLock {
            $0.tracks[track.id.rawValue] = TrackState(report: report, asked: asked, askedWall: wall)
        }
    }

    /// A track was asked for again, after it was not sent for a time.
    func startAgain(_ track: UInt32) {
        let wall = clock.wallNanoseconds() / 1_000_000
        update(track) { state in
            state.askedWall = wall
            state.pattern.startAgain()
        }
    }

    func received(_ track: UInt32) { update(track) { $0.report.packetsReceived += 1 } }

    func droppedHere(_ track: UInt32, packets: Int) {
        update(track) { $0.report.packetsDroppedByViewer += packets }
    }

    func droppedByServer(_ track: UInt32, packets: Int) {
        update(track) { $0.report.packetsDroppedByServer += packets }
    }

    func failedToDecode(_ track: UInt32) { update(track) { $0.report.decodeErrors += 1 } }

    /// A picture is decoded and ready for display.
    /// - Parameter reading: its test pattern, if it has one.
    func ready(
        _ track: UInt32, time: MonotonicTime, height: Int, reading: TestPatternReader.Reading?
    ) {
        let now = clock.now()
        let wall = clock.wallNanoseconds() / 1_000_000
        update(track) { state in
            state.report.framesDecoded += 1
            state.report.pictureHeight = height
            if state.report.firstPicture == nil {
                state.report.firstPicture = Double(now - state.asked) / 1_000_000
            }
            guard let reading else { return }
            state.pattern.add(reading, now: wall, joined: state.askedWall)
            state.readings.append((time, reading))
            if state.readings.count > Self.maximumReadings { state.readings.removeFirst() }
        }
    }

    private func update(_ track: UInt32, _ body: (inout TrackState) -> Void) {
        state.withLock { state in
            guard var entry = state.tracks.removeValue(forKey: track) else { return }
            body(&entry)
            state.tracks[track] = entry
        }
    }

    /// A track ended; what it measured is kept.
    func removed(_ track: UInt32, playout: TrackPlayoutStatistics?, packetsMissing: Int) {
        state.withLock { state in
            guard let ended = state.tracks.removeValue(forKey: track) else { return }
            guard state.ended.count < Self.maximumEnded else { return }
            state.ended.append(Self.finished(ended, playout, packetsMissing))
        }
    }

    private static func finished(
        _ track: TrackState, _ playout: TrackPlayoutStatistics?, _ packetsMissing: Int
    ) -> ViewerReport.Track {
        var report = track.report
        report.packetsMissing = packetsMissing
        if let first = track.pattern.firstIndex, let last = track.pattern.lastIndex {
            report.framesMissing = track.pattern.missing
            report.framesCaughtUp = track.pattern.caughtUp
            (report.firstIndex, report.lastIndex) = (first, last)
            report.latency = .init(track.pattern.latency)
        }
        guard let playout else { return report }
        report.playoutDelay = Double(playout.delayInNanoseconds) / 1_000_000
        if playout.kind == .video {
            report.framesPresented = playout.presented
            report.framesSkippedLate = playout.skippedLate
        } else {
            report.audioUnderruns = playout.underruns
            report.audioGaps = playout.gaps
        }
        return report
    }

    /// Everything so far, tracks that ended included.
    func report(
        room: String, participant: String, playout: [UInt32: TrackPlayoutStatistics], missing: (UInt32) -> Int
    ) -> ViewerReport {
        let duration = Double(clock.now() - joined) / 1_000_000_000
        return state.withLock { state in
            let open = state.tracks.map { id, track in Self.finished(track, playout[id], missing(id)) }
            let tracks = (state.ended + open).sorted { $0.track < $1.track }.map { track in
                var track = track
                if let sync = state.sync[track.participant] { track.avOffset = .init(sync) }
                return track
            }
            return ViewerReport(room: room, participant: participant, duration: duration, tracks: tracks)
        }
    }
}

extension ViewerStatistics: PlayoutObserver {
    func presented(track: UInt32, frame: VideoFrame, at time: MonotonicTime) {
        state.withLock { state in
            guard let readings = state.tracks[track]?.readings,
                let participant = state.tracks[track]?.report.participant,
                let index = readings.firstIndex(where: { $0.time == frame.time })
            else { return }
            state.tracks[track]?.readings.removeFirst(index + 1)
            state.sync[participant, default: SyncStatistics()].shown(readings[index].reading, at: time)
        }
    }

    func played(
        track: UInt32, samples: UnsafeBufferPointer<Float>, channels: Int, rate: Int,
        mediaTime: MonotonicTime,
        audibleAt: MonotonicTime
    ) {
        let sound = AudioFrame(sampleRate: rate, channels: channels, time: audibleAt, samples: Array(samples))
        state.withLock { state in
            guard let participant = state.tracks[track]?.report.participant else { return }
            state.sync[participant, default: SyncStatistics()].played(sound)
        }
    }
}
