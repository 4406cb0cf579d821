/// One rectangle of a scene: a participant's picture, or its name where it sends none.
package struct Tile: Sendable, Hashable {
    /// Whose tile it is.
    package var participant: String
    /// The name to show.
    package var name: String
    /// The track whose pictures are shown, if any.
    package var track: UInt32?
    /// Whether the pictures are dark on purpose: the name is shown then.
    package var isDark = false
    /// Whether the participant's sound is muted.
    package var isMuted = false
    /// Why nothing comes, where nothing does.
    package var trouble: RosterEntry.Trouble?

    /// The tiles of participants: one for each video track, and one for each participant without any. Who only watches
    /// has none.
    package static func tiles(of roster: [RosterEntry]) -> [Tile] {
        roster.filter { !$0.isWatcher }.flatMap { entry -> [Tile] in
            let isMuted =
                !entry.audioTracks.isEmpty && entry.audioTracks.allSatisfy { entry.mutedTracks.contains($0) }
            func tile(_ track: UInt32?) -> Tile {
                Tile(
                    participant: entry.id, name: entry.name, track: track,
                    isDark: track.map { entry.mutedTracks.contains($0) } ?? false, isMuted: isMuted,
                    trouble: entry.trouble)
            }
            return entry.videoTracks.isEmpty ? [tile(nil)] : entry.videoTracks.map(tile)
        }
    }
}
