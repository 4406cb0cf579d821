public import Media

/// One picture from a source, raw or compressed by the camera.
public enum CapturedPicture: Sendable {
    /// A raw picture with its instant of capture.
    case frame(VideoFrame)
    /// One JPEG image or one H.264 access unit, and its instant of capture.
    case compressed([UInt8], time: MonotonicTime)

    /// The instant of capture.
    public var time: MonotonicTime {
        switch self {
        case .frame(let frame): frame.time
        case .compressed(_, let time): time
        }
    }
}
