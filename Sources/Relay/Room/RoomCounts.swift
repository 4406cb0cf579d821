/// Who and what is in the rooms of a server at the moment.
public struct RoomCounts: Sendable, Hashable {
    /// Rooms that are open.
    public internal(set) var rooms = 0
    /// Participants in all rooms.
    public internal(set) var participants = 0
    /// Video tracks that are published.
    public internal(set) var videoTracks = 0
    /// Audio tracks that are published.
    public internal(set) var audioTracks = 0

    /// Nobody.
    public init() {}

    mutating func count(_ room: Room) {
        rooms += 1
        participants += room.members.count
        for track in room.tracks.values where track.top == nil {
            switch track.description.kind {
            case .video: videoTracks += 1
            case .audio: audioTracks += 1
            }
        }
    }

    static func += (left: inout RoomCounts, right: RoomCounts) {
        left.rooms += right.rooms
        left.participants += right.participants
        left.videoTracks += right.videoTracks
        left.audioTracks += right.audioTracks
    }
}
