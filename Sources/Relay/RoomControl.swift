public import Wire

/// What a tap may do to its room. May be called from any thread; does nothing once the room is gone.
public final class RoomControl: Sendable {
    private weak let room: Room?

    init(_ room: Room) { self.room = room }

    /// Tells everybody in the room, and everybody who joins later, whether it is recorded.
    public func setRecording(_ state: RecordingState, reason: String?) {
        room?.setRecording(state, reason: reason)
    }

    /// Asks the publisher of a video track for a keyframe; requests are coalesced.
    public func requestKeyframe(_ track: TrackID) {
        room?.requestKeyframe(track)
    }
}
