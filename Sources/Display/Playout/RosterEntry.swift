/// One participant as playout knows it: what a display makes a tile of.
public struct RosterEntry: Sendable, Hashable {
    /// The participant's id.
    public var id: String
    /// The name that people read.
    public var name: String
    /// Its video tracks, in the order in which they were added.
    public var videoTracks: [UInt32]
    /// Its audio tracks, in the order in which they were added.
    public var audioTracks: [UInt32]
    /// The tracks that are silent or dark on purpose.
    public var mutedTracks: Set<UInt32> = []
    /// Whether it has never had a track: somebody who only watches.
    public var isWatcher = false
    /// Why nothing comes of it, where nothing does.
    public var trouble: Trouble?

    /// What is the matter with a participant.
    public enum Trouble: Sendable, Hashable {
        /// The connection broke, and is awaited.
        case away
        /// Nothing has come for a while, whatever the reason.
        case silent
    }

    /// An entry from its parts.
    public init(id: String, name: String, videoTracks: [UInt32] = [], audioTracks: [UInt32] = []) {
        self.id = id
        self.name = name
        self.videoTracks = videoTracks
        self.audioTracks = audioTracks
    }
}
