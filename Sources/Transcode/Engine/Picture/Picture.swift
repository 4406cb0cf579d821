import LibAV
import Media

/// One decoded picture of the source, upright and progressive, shared by all renditions.
final class Picture: @unchecked Sendable {
    // SAFETY: the frame is not changed once it is in here; references to its samples are counted atomically.
    let frame: OwnedFrame
    /// Presentation time in the source's picture time base, from where the renditions begin.
    let pts: Int64
    /// Nominal duration in the same time base, 1 or more.
    let duration: Int64
    /// When the next picture is due.
    var end: Int64 { pts.saturatingAdd(duration) }

    init(_ frame: consuming OwnedFrame, pts: Int64, duration: Int64) {
        self.frame = frame
        self.pts = pts
        self.duration = duration
    }
}
