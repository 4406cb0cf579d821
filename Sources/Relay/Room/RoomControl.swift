public import Wire

/// What a tap may do to its room. May be called from any thread; does nothing once the room is gone.
public final class RoomControl: Sendable {
    private weak let room: Room?

    init(_ room: Room) { self.room = room }

    /// Tells everybody in the room, and everybody who joins later, whether it is recorded.
    public func setRecording(_ state: RecordingState, reason: String?) {
        room?.setRecording(state, reason: reason)
    }

    /// Tells one participant whether the room is recorded, who asked for a change where there was nothing to change.
    public func repeatRecording(to participant: String) { room?.repeatRecording(to: participant) }

    /// Refuses what one participant asked for.
    public func refuse(_ participant: String, _ error: WireError) {
        room?.tell(participant, .refusal(error, fatal: false))
    }

    /// Asks the publisher of a video track for a keyframe; requests are coalesced.
    public func requestKeyframe(_ track: TrackID) {
        room?.requestKeyframe(track)
    }
}
