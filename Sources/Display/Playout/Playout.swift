public import Media
import Synchronization

/// Everything between decoded media and a person: holds what came, and gives it out at its time.
///
/// Each participant has one delay from capture to playout, which follows the lateness of its media; sound is
/// steered to it, and pictures go by the sound. Decoding threads push, the display's loop takes pictures, the
/// sound output mixes; every method may be called from any thread. All times are of this machine's monotonic
/// clock.
public final class Playout: Sendable {
    private struct Participant: Sendable {
        var name: String
        let clock: ParticipantClock
        /// Whether it has had a track, or is known to get one.
        var isPublisher = false
        var isAway = false
        var isSilent = false
    }

    private struct Registry: Sendable {
        /// Ids in the order of joining.
        var order: [String] = []
        var participants: [String: Participant] = [:]
        var videoTracks: [VideoTrack] = []
        var audioTracks: [AudioTrack] = []
        var mutedTracks: Set<UInt32> = []
    }

    private let configuration: PlayoutConfiguration
    private let observer: (any PlayoutObserver)?
    /// What was played and the observer was not told yet; `nil` where there is none.
    private let played: PlayedSoundLog?
    /// Held by the one thread that reads ``played``.
    private let reporting = Mutex(())
    private let registry = Mutex(Registry())
    /// The registry's audio tracks once more: the sound output's thread does not wait while somebody walks through all of
    /// the registry. Changed only while the registry's lock is held.
    private let audible = Mutex<[AudioTrack]>([])
    private let mixer = Mutex(AudioMixer())
    private let muted = Atomic(false)
    private let paused = Atomic(false)
    /// How long before it is audible sound is asked for, nanoseconds.
    private let lead = Atomic<Int64>(0)

    /// A playout without participants. `observer` is told of everything shown and heard.
    public init(
        configuration: PlayoutConfiguration = PlayoutConfiguration(), observer: (any PlayoutObserver)? = nil
    ) {
        self.configuration = configuration
        self.observer = observer
        played = observer == nil ? nil : PlayedSoundLog()
    }

    /// Adds a participant, or renames it.
    public func addParticipant(_ id: String, name: String) {
        change { registry in
            _ = Self.participant(id, name: name, in: &registry, configuration)
            registry.participants[id]?.name = name
        }
    }

    /// Notes that a participant does not only watch, though it may have no track yet.
    public func setPublisher(_ id: String) {
        registry.withLock { $0.participants[id]?.isPublisher = true }
    }

    /// Removes a participant and all of its tracks.
    public func removeParticipant(_ id: String) {
        change { registry in
            registry.order.removeAll { $0 == id }
            registry.participants[id] = nil
            registry.videoTracks.removeAll { $0.participant == id }
            registry.audioTracks.removeAll { $0.participant == id }
        }
    }

    /// Adds a video track. Frames captured before `now` are not taken as late: they are the past that a late
    /// joiner gets. An unknown participant is added under its id; a track of the same number is replaced.
    public func addVideoTrack(_ track: UInt32, participant id: String, at now: MonotonicTime) {
        change { registry in
            let clock = Self.participant(id, name: id, in: &registry, configuration).clock
            Self.remove(track, from: &registry)
            registry.participants[id]?.isPublisher = true
            registry.videoTracks.append(
                VideoTrack(
                    id: track, participant: id, clock: clock, added: now, configuration: configuration))
        }
    }

    /// Adds an audio track; as ``addVideoTrack(_:participant:at:)``. Frames of another rate or channel count
    /// than said here are played too, after a short break.
    public func addAudioTrack(
        _ track: UInt32, participant id: String, sampleRate: Int, channels: Int, at now: MonotonicTime
    ) {
        change { registry in
            let clock = Self.participant(id, name: id, in: &registry, configuration).clock
            Self.remove(track, from: &registry)
            registry.participants[id]?.isPublisher = true
            registry.audioTracks.append(
                AudioTrack(
                    id: track, participant: id, clock: clock, sampleRate: sampleRate, channels: channels,
                    added: now,
                    configuration: configuration))
        }
    }

    /// A track was asked for again at `now`, for instance after a broken connection: what was captured before comes late by
    /// nature.
    public func startAgain(_ track: UInt32, at now: MonotonicTime) {
        let (video, audio) = registry.withLock { registry in
            (
                registry.videoTracks.first { $0.id == track }, registry.audioTracks.first { $0.id == track }
            )
        }
        video?.startAgain(at: now)
        audio?.startAgain(at: now)
    }

    /// Removes a track with all that it holds.
    public func removeTrack(_ track: UInt32) {
        change { Self.remove(track, from: &$0) }
    }

    /// Notes whether the connection of a participant is broken. Without effect for unknown ones, as all of these.
    public func setAway(_ id: String, _ isAway: Bool) {
        registry.withLock { $0.participants[id]?.isAway = isAway }
    }

    /// Notes whether nothing comes from a participant, who is not known to be away.
    public func setSilent(_ id: String, _ isSilent: Bool) {
        registry.withLock { $0.participants[id]?.isSilent = isSilent }
    }

    /// Nobody is known to be away any more.
    public func forgetAbsences() {
        registry.withLock { registry in
            for id in registry.order { registry.participants[id]?.isAway = false }
        }
    }

    /// Notes whether a track is silent or dark on purpose, until it is removed.
    public func setMuted(_ track: UInt32, _ isMuted: Bool) {
        registry.withLock { registry in
            guard
                registry.videoTracks.contains(where: { $0.id == track })
                    || registry.audioTracks.contains(where: { $0.id == track })
            else { return }
            if isMuted { registry.mutedTracks.insert(track) } else { registry.mutedTracks.remove(track) }
        }
    }

    /// Takes a picture that became ready to be shown at `ready`, which is now. Without effect for unknown
    /// tracks.
    public func push(_ frame: VideoFrame, track: UInt32, ready: MonotonicTime) {
        registry.withLock { $0.videoTracks.first { $0.id == track } }?.push(frame, ready: ready)
    }

    /// Takes sound that became ready to be played at `ready`, which is now. Without effect for unknown
    /// tracks.
    public func push(_ frame: AudioFrame, track: UInt32, ready: MonotonicTime) {
        registry.withLock { $0.audioTracks.first { $0.id == track } }?
            .push(frame, ready: ready, lead: lead.load(ordering: .relaxed))
    }

    /// Whether the viewer hears nothing. Sound is still read, so that pictures keep to it.
    public var isMuted: Bool {
        get { muted.load(ordering: .relaxed) }
        set { muted.store(newValue, ordering: .relaxed) }
    }

    /// Whether sound waits as it is: ``mix(into:channels:rate:now:audibleAt:)`` gives silence and reads nothing. For a
    /// replay whose clock stands; pictures stand by themselves then.
    public var isPaused: Bool {
        get { paused.load(ordering: .relaxed) }
        set { paused.store(newValue, ordering: .relaxed) }
    }

    /// Fills `out` with all tracks' sound, interleaved in `channels` channels (beyond two: silence in the
    /// others).
    ///
    /// Called at `now` for sound whose first sample leaves the loudspeaker at `audibleAt`. One call at a
    /// time; allocates nothing of its own, and waits for no longer than a frame takes to be pushed.
    public func mix(
        into out: UnsafeMutableBufferPointer<Float>, channels: Int, rate: Int = 48_000, now: MonotonicTime,
        audibleAt: MonotonicTime
    ) {
        out.update(repeating: 0)
        guard channels > 0, rate > 0, !isPaused else { return }
        let frames = out.count / channels
        note(lead: audibleAt - now + Int64(frames) * 1_000_000_000 / Int64(rate))
        let tracks = audible.withLock { $0 }
        mixer.withLock { mixer in
            for first in stride(from: 0, to: frames, by: AudioMixer.blockLength) {
                let end = min(first + AudioMixer.blockLength, frames)
                let part = UnsafeMutableBufferPointer(rebasing: out[(first * channels)..<(end * channels)])
                let time = audibleAt + Int64(first) * 1_000_000_000 / Int64(rate)
                for track in tracks {
                    mixer.add(
                        track, to: part, channels: channels, rate: rate, audibleAt: time, log: played)
                }
            }
        }
        if isMuted { out.update(repeating: 0) } else { AudioMixer.clip(out) }
    }

    /// The newest picture due at `now` of each track that has one; each picture is given out once. Tells the observer of
    /// them, and of the sound that was played since the last call.
    public func presentDue(now: MonotonicTime) -> [UInt32: VideoFrame] {
        var due: [UInt32: VideoFrame] = [:]
        for track in registry.withLock({ $0.videoTracks }) {
            guard let frame = track.takeDue(now: now) else { continue }
            due[track.id] = frame
            observer?.presented(track: track.id, frame: frame, at: now)
        }
        reportPlayed()
        return due
    }

    /// Tells the observer of the sound that was played since the last time.
    private func reportPlayed() {
        guard let observer, let played else { return }
        reporting.withLock { _ in
            played.drain { stretch, samples in
                observer.played(
                    track: stretch.track, samples: samples, channels: stretch.channels, rate: stretch.rate,
                    mediaTime: stretch.mediaTime, audibleAt: stretch.audibleAt)
            }
        }
    }

    /// When the next picture that waits is due, which may have passed; `nil` where none waits. Another may
    /// come before that.
    public func nextDue(after now: MonotonicTime) -> MonotonicTime? {
        registry.withLock { $0.videoTracks }.compactMap { $0.nextDue(now: now) }.min()
    }

    /// The delay from capture to playout of a participant, nanoseconds.
    public func delay(ofParticipant id: String) -> Int64? {
        registry.withLock { $0.participants[id]?.clock }?.delay
    }

    /// What was done with each track; ends with the track.
    public func statistics() -> [UInt32: TrackPlayoutStatistics] {
        let (video, audio) = registry.withLock { ($0.videoTracks, $0.audioTracks) }
        var statistics: [UInt32: TrackPlayoutStatistics] = [:]
        for track in video { statistics[track.id] = track.statistics }
        for track in audio { statistics[track.id] = track.statistics }
        return statistics
    }

    /// What was done with one track.
    public func statistics(ofTrack id: UInt32) -> TrackPlayoutStatistics? { statistics()[id] }

    /// The participants in the order of joining.
    public func roster() -> [RosterEntry] {
        registry.withLock { registry in
            registry.order.map { id in
                let person = registry.participants[id]
                var entry = RosterEntry(
                    id: id, name: person?.name ?? id,
                    videoTracks: registry.videoTracks.filter { $0.participant == id }.map(\.id),
                    audioTracks: registry.audioTracks.filter { $0.participant == id }.map(\.id))
                entry.mutedTracks = registry.mutedTracks.intersection(entry.videoTracks + entry.audioTracks)
                entry.isWatcher = !(person?.isPublisher ?? false)
                if person?.isAway ?? false {
                    entry.trouble = .away
                } else if person?.isSilent ?? false {
                    entry.trouble = .silent
                }
                return entry
            }
        }
    }

    private func change(_ body: (inout Registry) -> Void) {
        registry.withLock { registry in
            body(&registry)
            let tracks = registry.audioTracks
            audible.withLock { $0 = tracks }
        }
    }

    /// Follows the greatest lead at once and forgets it slowly.
    private func note(lead measured: Int64) {
        let decayed = lead.load(ordering: .relaxed) - 50_000
        lead.store(min(max(measured, decayed, 0), 500_000_000), ordering: .relaxed)
    }

    private static func participant(
        _ id: String, name: String, in registry: inout Registry, _ configuration: PlayoutConfiguration
    ) -> Participant {
        if let known = registry.participants[id] { return known }
        let new = Participant(name: name, clock: ParticipantClock(configuration))
        registry.order.append(id)
        registry.participants[id] = new
        return new
    }

    private static func remove(_ track: UInt32, from registry: inout Registry) {
        registry.videoTracks.removeAll { $0.id == track }
        registry.audioTracks.removeAll { $0.id == track }
        registry.mutedTracks.remove(track)
    }
}
