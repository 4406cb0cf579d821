import Media
import Wire

/// Who is in the room and what they publish, as the server has told so far. Confined to the connection's event loop.
struct Roster {
    private var participants: [Participant] = []
    private var tracks: [TrackID: RemoteTrack] = [:]
    private var muted: Set<TrackID> = []
    private var away: Set<String> = []
    /// What was known before the connection broke and has not been told again.
    private var stale: (participants: Set<String>, tracks: Set<TrackID>, muted: Set<TrackID>) = ([], [], [])
    private(set) var recording: (state: RecordingState, reason: String?) = (.off, nil)

    var participantCount: Int { participants.count }
    var trackCount: Int { tracks.count }

    /// The track of that number.
    func track(_ id: TrackID) -> RemoteTrack? { tracks[id] }

    /// Everything known, as the events that lead to it.
    func replay() -> [RoomEvent] {
        var events: [RoomEvent] = [.recording(recording.state, reason: recording.reason)]
        events += participants.map { .joined($0) }
        for id in tracks.keys.sorted() {
            guard let track = tracks[id] else { continue }
            events.append(.trackAdded(track))
            if track.clock.isAnchored { events.append(.clock(id)) }
            if muted.contains(id) {
                events.append(.muted(track: id, participant: track.participant.id, muted: true))
            }
        }
        events += participants.filter { away.contains($0.id) }.map { .away($0) }
        return events
    }

    mutating func setRecording(_ state: RecordingState, reason: String?) -> RoomEvent {
        recording = (state, reason)
        return .recording(state, reason: reason)
    }

    /// The connection broke: the server will tell everything anew.
    mutating func expectAll() {
        stale = (Set(participants.map(\.id)), Set(tracks.keys), muted)
        away = []
        muted = []
    }

    /// Everything was told anew: forgets what was not, and says so.
    mutating func forgetStale() -> [RoomEvent] {
        let gone = stale
        stale = ([], [], [])
        let unmuted = gone.muted.subtracting(gone.tracks).subtracting(muted).sorted().compactMap { id in
            tracks[id].map { RoomEvent.muted(track: id, participant: $0.participant.id, muted: false) }
        }
        return unmuted + gone.tracks.sorted().compactMap { remove($0) }
            + gone.participants.sorted().compactMap { leave($0, reason: "disconnected") }
    }

    mutating func setAway(_ id: String, _ isAway: Bool) -> RoomEvent? {
        guard let participant = participants.first(where: { $0.id == id }) else { return nil }
        if isAway { away.insert(id) } else { away.remove(id) }
        return isAway ? .away(participant) : .back(participant)
    }

    mutating func join(_ id: String, name: String) -> RoomEvent? {
        if stale.participants.remove(id) != nil { return nil }
        let participant = Participant(id: id, name: name)
        participants.append(participant)
        return .joined(participant)
    }

    mutating func leave(_ id: String, reason: String) -> RoomEvent? {
        guard let index = participants.firstIndex(where: { $0.id == id }) else { return nil }
        away.remove(id)
        stale.participants.remove(id)
        return .left(participants.remove(at: index), reason: reason)
    }

    mutating func add(
        _ id: TrackID, participant: String, description: TrackDescription, clock: MediaClock
    ) -> [RoomEvent] {
        var events: [RoomEvent] = []
        if stale.tracks.remove(id) != nil, let known = tracks[id] {
            if known.participant.id == participant, known.description == description { return [] }
            events += remove(id).map { [$0] } ?? []
        }
        let owner =
            participants.first { $0.id == participant } ?? Participant(id: participant, name: participant)
        let track = RemoteTrack(
            id: id, participant: owner, description: description,
            clock: TrackClock(timeBase: description.timeBase, clock: clock))
        tracks[id] = track
        return events + [.trackAdded(track)]
    }

    mutating func remove(_ id: TrackID) -> RoomEvent? {
        muted.remove(id)
        stale.tracks.remove(id)
        stale.muted.remove(id)
        return tracks.removeValue(forKey: id).map { .trackRemoved($0) }
    }

    /// - Returns: `nil` for an unknown track, and where that was known: it is said again of each track after a connection was
    ///   made again.
    mutating func mute(_ id: TrackID, muted isMuted: Bool) -> RoomEvent? {
        guard let track = tracks[id] else { return nil }
        let wasMuted = muted.contains(id) || stale.muted.contains(id)
        stale.muted.remove(id)
        if isMuted { muted.insert(id) } else { muted.remove(id) }
        guard wasMuted != isMuted else { return nil }
        return .muted(track: id, participant: track.participant.id, muted: isMuted)
    }
}
