import Archive
import Display
import Measure
import Media
import Synchronization

/// Collects what a replay measures, from the decode workers, the display and the audio output. Any thread.
final class ReplayStatistics: Sendable {
    private struct TrackState {
        var report: ViewerReport.Track
        var pattern = PatternStatistics()
        /// Patterns of pictures that were decoded and not shown yet, by the time of the picture.
        var readings: [(time: MonotonicTime, reading: TestPatternReader.Reading)] = []
    }

    private struct State {
        var tracks: [UInt32: TrackState] = [:]
        var ended: [ViewerReport.Track] = []
        var sync: [String: SyncStatistics] = [:]
        var pairs: PairStatistics
        var speed: Double
    }

    private static let maximumReadings = 512

    private let state: Mutex<State>
    /// Whether somebody wants to know what test patterns say: to look for one in every picture costs something.
    let readsPatterns: Bool

    /// Nothing measured yet, of a replay that is so much faster than the meeting was.
    init(speed: Double, readsPatterns: Bool) {
        self.readsPatterns = readsPatterns
        state = Mutex(State(pairs: PairStatistics(speed: speed), speed: speed))
    }

    /// It goes on at another speed: what is measured by pairs of instants begins anew.
    func changes(speed: Double) {
        state.withLock { state in
            state.speed = speed
            state.pairs = PairStatistics(speed: speed)
            state.sync = [:]
        }
    }

    /// A track of the playout begins, or goes on with another file.
    func added(_ output: UInt32, _ track: ReplayTrack, name: String) {
        let parameters = track.media.parameters
        let isVideo = track.media.kind == .video
        let report = ViewerReport.Track(
            track: output, participant: track.participant, name: name, kind: track.media.kind.rawValue,
            codec: parameters.codecName, width: isVideo ? parameters.width : nil,
            height: isVideo ? parameters.height : nil)
        state.withLock { if $0.tracks[output] == nil { $0.tracks[output] = TrackState(report: report) } }
    }

    func received(_ output: UInt32) { update(output) { $0.report.packetsReceived += 1 } }

    func droppedHere(_ output: UInt32, packets: Int) {
        update(output) { $0.report.packetsDroppedByViewer += packets }
    }

    func failedToDecode(_ output: UInt32) { update(output) { $0.report.decodeErrors += 1 } }

    /// A picture is decoded and ready for display.
    /// - Parameter reading: its test pattern, if it has one.
    func ready(_ output: UInt32, time: MonotonicTime, reading: TestPatternReader.Reading?) {
        update(output) { state in
            state.report.framesDecoded += 1
            guard let reading else { return }
            // Latency means nothing here: every picture counts as of now.
            state.pattern.add(reading, now: Int64(reading.time), joined: Int64(reading.time))
            state.readings.append((time, reading))
            if state.readings.count > Self.maximumReadings { state.readings.removeFirst() }
        }
    }

    private func update(_ output: UInt32, _ body: (inout TrackState) -> Void) {
        state.withLock { state in
            guard var entry = state.tracks.removeValue(forKey: output) else { return }
            body(&entry)
            state.tracks[output] = entry
        }
    }

    /// A track of the playout is about to be emptied, and goes on elsewhere: what its pictures say begins anew.
    func flushed(_ output: UInt32, playout: TrackPlayoutStatistics?) {
        update(output) { state in
            Self.add(playout, to: &state.report)
            state.pattern = PatternStatistics()
            state.readings = []
        }
        state.withLock { $0.pairs.removed(track: output) }
    }

    /// A track ended; what it measured is kept.
    func removed(_ output: UInt32, playout: TrackPlayoutStatistics?) {
        state.withLock { state in
            state.pairs.removed(track: output)
            guard let ended = state.tracks.removeValue(forKey: output) else { return }
            state.ended.append(Self.finished(ended, playout))
        }
    }

    private static func add(_ playout: TrackPlayoutStatistics?, to report: inout ViewerReport.Track) {
        guard let playout else { return }
        if playout.kind == .video {
            report.framesPresented += playout.presented
            report.framesSkippedLate += playout.skippedLate
        } else {
            report.audioUnderruns = (report.audioUnderruns ?? 0) + playout.underruns
            report.audioGaps = (report.audioGaps ?? 0) + playout.gaps
        }
    }

    private static func finished(_ track: TrackState, _ playout: TrackPlayoutStatistics?)
        -> ViewerReport.Track
    {
        var report = track.report
        if let first = track.pattern.firstIndex, let last = track.pattern.lastIndex {
            report.framesMissing = track.pattern.missing
            (report.firstIndex, report.lastIndex) = (first, last)
        }
        add(playout, to: &report)
        return report
    }

    /// Everything so far, tracks that ended included.
    func report(
        _ manifest: MeetingManifest, playout: [UInt32: TrackPlayoutStatistics], seconds: Double,
        problems: [String]
    ) -> ReplayReport {
        state.withLock { state in
            let open = state.tracks.map { output, track in Self.finished(track, playout[output]) }
            let tracks = (state.ended + open).sorted { $0.track < $1.track }.map { track in
                var track = track
                if let sync = state.sync[track.participant] { track.avOffset = .init(sync) }
                return track
            }
            let pairs = state.pairs.samples.compactMap { pair, samples in
                ViewerReport.Percentiles(samples).map {
                    ReplayReport.Pair(participants: [pair.first, pair.second], sync: $0)
                }
            }.sorted { $0.participants.lexicographicallyPrecedes($1.participants) }
            return ReplayReport(
                room: manifest.room, meeting: manifest.meeting, speed: state.speed, duration: seconds,
                tracks: tracks,
                pairs: pairs, problems: problems)
        }
    }
}

extension ReplayStatistics: PlayoutObserver {
    func presented(track: UInt32, frame: VideoFrame, at time: MonotonicTime) {
        state.withLock { state in
            guard let readings = state.tracks[track]?.readings,
                let participant = state.tracks[track]?.report.participant,
                let index = readings.firstIndex(where: { $0.time == frame.time })
            else { return }
            state.tracks[track]?.readings.removeFirst(index + 1)
            let reading = readings[index].reading
            state.pairs.shown(track: track, participant: participant, timeCode: reading.time, at: time)
            state.sync[participant, default: SyncStatistics(speed: state.speed)].shown(reading, at: time)
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
            state.sync[participant, default: SyncStatistics(speed: state.speed)].played(sound)
        }
    }
}
