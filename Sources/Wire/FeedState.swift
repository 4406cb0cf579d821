package import Media

/// How far one receiver is with one track.
package struct FeedState: Sendable, Hashable {
    /// Whether the track is video, so that it can only begin at a keyframe.
    package let isVideo: Bool
    /// Whether the next packet to send has to be a keyframe.
    package var needsKeyframe: Bool

    /// A track from its state.
    package init(isVideo: Bool, needsKeyframe: Bool) {
        self.isVideo = isVideo
        self.needsKeyframe = needsKeyframe
    }

    /// A track of which nothing was sent yet.
    package init(beginning kind: MediaKind) {
        self.init(isVideo: kind == .video, needsKeyframe: kind == .video)
    }
}
