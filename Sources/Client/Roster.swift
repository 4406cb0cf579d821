import Media
import Wire

/// Who is in the room and what they publish, as the server has told so far. Confined to the connection's event loop.
struct Roster {
    private var participants: [Participant] = []
    private var tracks: [TrackID: RemoteTrack] = [:]
    private var muted: [TrackID: String] = [:]
    private(set) var recording: (state: RecordingState, reason: String?) = (.off, nil)

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
            if let participant = muted[id] {
                events.append(.muted(track: id, participant: participant, muted: true))
            }
        }
        return events
    }

    mutating func setRecording(_ state: RecordingState, reason: String?) -> RoomEvent {
        recording = (state, reason)
        return .recording(state, reason: reason)
    }

    mutating func join(_ id: String, name: String) -> RoomEvent {
        let participant = Participant(id: id, name: name)
        participants.append(participant)
        return .joined(participant)
    }

    mutating func leave(_ id: String, reason: String) -> RoomEvent? {
        guard let index = participants.firstIndex(where: { $0.id == id }) else { return nil }
        return .left(participants.remove(at: index), reason: reason)
    }

    mutating func add(
        _ id: TrackID, participant: String, description: TrackDescription, clock: MediaClock
    ) -> RoomEvent {
        let owner =
            participants.first { $0.id == participant } ?? Participant(id: participant, name: participant)
        let track = RemoteTrack(
            id: id, participant: owner, description: description,
            clock: TrackClock(timeBase: description.timeBase, clock: clock))
        tracks[id] = track
        return .trackAdded(track)
    }

    mutating func remove(_ id: TrackID) -> RoomEvent? {
        muted[id] = nil
        return tracks.removeValue(forKey: id).map { .trackRemoved($0) }
    }

    mutating func mute(_ id: TrackID, participant: String, muted isMuted: Bool) -> RoomEvent {
        muted[id] = isMuted ? participant : nil
        return .muted(track: id, participant: participant, muted: isMuted)
    }
}
