package import Media

/// How far one receiver is with one track.
package struct FeedState: Sendable, Hashable {
    /// Whether the track is video, so that it can only begin at a keyframe.
    package let isVideo: Bool
    /// Whether the next packet to send has to be a keyframe.
    package var needsKeyframe: Bool
    /// Another size of the same pictures, which ends when this track begins.
    package var replaces: TrackID?

    /// A track from its state.
    package init(isVideo: Bool, needsKeyframe: Bool, replaces: TrackID? = nil) {
        self.isVideo = isVideo
        self.needsKeyframe = needsKeyframe
        self.replaces = replaces
    }

    /// A video track that takes the place of `track` at its next keyframe.
    package init(replacing track: TrackID) {
        self.init(isVideo: true, needsKeyframe: true, replaces: track)
    }

    /// A track of which nothing was sent yet.
    package init(beginning kind: MediaKind) {
        self.init(isVideo: kind == .video, needsKeyframe: kind == .video)
    }
}
