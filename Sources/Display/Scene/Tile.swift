/// One rectangle of a scene: a participant's picture, or its name where it sends none.
package struct Tile: Sendable, Hashable {
    /// Whose tile it is.
    package var participant: String
    /// The name to show.
    package var name: String
    /// The track whose pictures are shown, if any.
    package var track: UInt32?

    /// The tiles of participants: one for each video track, and one for each participant without any.
    package static func tiles(of roster: [RosterEntry]) -> [Tile] {
        roster.flatMap { entry -> [Tile] in
            if entry.videoTracks.isEmpty {
                return [Tile(participant: entry.id, name: entry.name, track: nil)]
            }
            return entry.videoTracks.map { Tile(participant: entry.id, name: entry.name, track: $0) }
        }
    }
}
