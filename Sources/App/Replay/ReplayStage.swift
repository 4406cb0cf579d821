import Archive
import Display
import Layout
import Logging
import Media

/// Turns what happens in a replayed meeting into tiles, sounds and lines of text. Confined to the feeder's thread.
final class ReplayStage {
    private struct Lane {
        var output: UInt32
        var track: ReplayTrack
        /// Whether it is what was on display before a seek.
        var isStale = false
    }

    private let playout: Playout
    private let statistics: ReplayStatistics
    private let clock: ReplayClock
    private let logger: Logger
    private let tileSize: @Sendable (UInt32) -> PixelSize?
    private var people: [String: (name: String, isStale: Bool)] = [:]
    private var lanes: [String: Lane] = [:]
    /// By the track of the file.
    private var workers: [Int: ReplayWorker] = [:]
    /// Of each lane of sound: what decodes it, also between two files.
    private var voices: [String: ReplayWorker] = [:]
    private let pools: DecodePools
    private var nextOutput: UInt32 = 1
    private let names: [String: String]
    private let publishers: Set<String>

    /// - Parameter publishers: identifiers of those who have a tile also without a track.
    init(
        manifest: MeetingManifest, publishers: Set<String>, playout: Playout, pools: DecodePools,
        statistics: ReplayStatistics,
        clock: ReplayClock, logger: Logger,
        tileSize: @escaping @Sendable (UInt32) -> PixelSize?
    ) {
        names = Dictionary(manifest.participants.map { ($0.id, $0.name) }) { $1 }
        self.publishers = publishers
        self.playout = playout
        self.pools = pools
        self.statistics = statistics
        self.clock = clock
        self.logger = logger
        self.tileSize = tileSize
    }

    // MARK: seeking

    /// Forgets what has not been shown yet. What is on display stays there until ``removeStale()``.
    func interrupt() {
        cancelWorkers()
        playout.forgetAbsences()
        for key in lanes.keys { lanes[key]?.isStale = true }
        for key in people.keys { people[key]?.isStale = true }
    }

    /// From now on it is replayed so many times as fast as it happened.
    func changes(speed: Double) { statistics.changes(speed: speed) }

    /// Whether everything that was fed is decoded.
    var isIdle: Bool { workers.values.allSatisfy(\.isIdle) && voices.values.allSatisfy(\.isIdle) }

    /// Takes away what was not there again after an interruption.
    func removeStale() {
        for (key, lane) in lanes where lane.isStale { remove(key) }
        // Who has a track again is about to join: their first picture comes within the look-ahead.
        let coming = Set(lanes.values.map(\.track.participant))
        for (id, person) in people where person.isStale && !coming.contains(id) { remove(participant: id) }
    }

    // MARK: what is fed ahead of its time

    /// A track of a file begins.
    func begin(_ track: ReplayTrack, pace: ReplayPace) {
        let name = people[track.participant]?.name ?? names[track.participant] ?? track.participant
        playout.addParticipant(track.participant, name: name)
        let known = lanes[track.lane]
        let output = known?.output ?? nextOutput
        if known == nil { nextOutput += 1 }
        if known?.isStale ?? true {
            if known != nil { statistics.flushed(output, playout: playout.statistics(ofTrack: output)) }
            addToPlayout(track, output)
        }
        statistics.added(output, track, name: name)
        lanes[track.lane] = Lane(output: output, track: track)
        workers[track.id] = worker(of: track, output, pace)
    }

    private func worker(of track: ReplayTrack, _ output: UInt32, _ pace: ReplayPace) -> ReplayWorker {
        let isSound = track.media.kind == .audio
        if isSound, let voice = voices[track.lane] {
            if voice.canGoOn(with: track) { return voice }
            voice.finish()
        }
        let pool = isSound ? pools.sound : pools.pictures
        let worker = ReplayWorker(
            RecordedTrackDecoder(
                track, output: output, pace: pace, playout: playout, pool: pool, clock: clock,
                statistics: statistics, logger: logger, tileSize: tileSize), pool: pool)
        if isSound { voices[track.lane] = worker }
        return worker
    }

    /// A track of the same number is replaced in one step: its last picture stays on display.
    private func addToPlayout(_ track: ReplayTrack, _ output: UInt32) {
        let now = clock.now()
        switch track.media.kind {
        case .video: playout.addVideoTrack(output, participant: track.participant, at: now)
        case .audio:
            playout.addAudioTrack(
                output, participant: track.participant, sampleRate: RecordedTrackDecoder.sampleRate,
                channels: RecordedTrackDecoder.channels(track), at: now)
        }
    }

    func take(_ packet: Packet, of track: ReplayTrack) { workers[track.id]?.receive(packet, of: track) }

    /// No packet of a track follows.
    func end(_ track: ReplayTrack) {
        let worker = workers.removeValue(forKey: track.id)
        // The next file may go on with the sound.
        if track.media.kind == .video { worker?.finish() }
    }

    // MARK: what happens at its time

    func joined(_ participant: String, name: String, isHere: Bool) {
        if people[participant] == nil { Output.said("* \(name) \(isHere ? "is here" : "joined")") }
        people[participant] = (name, false)
        playout.addParticipant(participant, name: name)
        if publishers.contains(participant) { playout.setPublisher(participant) }
    }

    /// The connection of somebody is broken, or there again.
    func setAway(_ participant: String, _ isAway: Bool) { playout.setAway(participant, isAway) }

    func left(_ participant: String) {
        Output.said("* \(people[participant]?.name ?? participant) left")
        remove(participant: participant)
    }

    /// The last picture or sound of a file was shown. Where another file goes on, nothing changes.
    func removeTrack(_ track: ReplayTrack) {
        if let lane = lanes[track.lane], lane.track.id == track.id { remove(track.lane) }
    }

    func gap(_ participant: String, packets: Int, reason: String) {
        let name = people[participant]?.name ?? participant
        Output.said(
            packets > 0 ? "* \(packets) packets of \(name) are missing: \(reason)" : "* \(name): \(reason)")
    }

    private func remove(participant: String) {
        for (key, lane) in lanes where lane.track.participant == participant { remove(key) }
        playout.removeParticipant(participant)
        people[participant] = nil
    }

    private func remove(_ key: String) {
        voices.removeValue(forKey: key)?.finish()
        guard let lane = lanes.removeValue(forKey: key) else { return }
        statistics.removed(lane.output, playout: playout.statistics(ofTrack: lane.output))
        playout.removeTrack(lane.output)
    }

    /// Ends all decoders.
    func finish() { cancelWorkers() }

    private func cancelWorkers() {
        for worker in workers.values { worker.cancel() }
        for voice in voices.values { voice.cancel() }
        workers = [:]
        voices = [:]
    }
}
