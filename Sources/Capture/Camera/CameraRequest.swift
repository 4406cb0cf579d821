/// What is asked of a camera. What it gives is told by ``VideoSource/format``.
public struct CameraRequest: Sendable, Hashable {
    /// Width in pixels.
    public var width: Int
    /// Height in pixels.
    public var height: Int
    /// Pictures a second.
    public var frameRate: Double
    /// The pixel format, or `nil` for the best.
    public var format: CameraFormat?

    /// A request from its parts.
    public init(width: Int = 1280, height: Int = 720, frameRate: Double = 30, format: CameraFormat? = nil) {
        self.width = width
        self.height = height
        self.frameRate = frameRate
        self.format = format
    }
}
