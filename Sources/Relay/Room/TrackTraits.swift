import Media
import Wire

/// What a shard knows of a track's media.
struct TrackTraits: Sendable {
    let kind: MediaKind
    /// Height of its pictures in pixels; 0 for sound.
    let height: Int
    /// The track of which it is a smaller version.
    let top: TrackID?

    init(_ description: TrackDescription, layerOf top: TrackID?) {
        kind = description.kind
        height = description.video?.height ?? 0
        self.top = top
    }
}
