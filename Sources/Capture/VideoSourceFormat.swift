public import Media

/// What the pictures of a source are.
public struct VideoSourceFormat: Sendable, Hashable {
    /// How pictures arrive.
    public enum Encoding: Sendable, Hashable {
        /// Raw samples.
        case raw(PixelFormat, ColorRange)
        /// One JPEG image each.
        case mjpeg
        /// H.264 access units in Annex B, made by the camera.
        case h264
    }

    /// How pictures arrive.
    public var encoding: Encoding
    /// Width in pixels.
    public var width: Int
    /// Height in pixels.
    public var height: Int
    /// Nominal pictures a second, or 0 where the device does not tell.
    public var frameRate: Double

    /// A format from its parts.
    public init(encoding: Encoding, width: Int, height: Int, frameRate: Double) {
        self.encoding = encoding
        self.width = width
        self.height = height
        self.frameRate = frameRate
    }
}

extension VideoSourceFormat: CustomStringConvertible {
    /// `1280x720 yuyv422 at 30 fps`
    public var description: String {
        let name =
            switch encoding {
            case .raw(let format, _): format.rawValue
            case .mjpeg: "mjpeg"
            case .h264: "h264"
            }
        let rate = frameRate > 0 ? "\(rateText(frameRate)) fps" : "an unknown rate"
        return "\(width)x\(height) \(name) at \(rate)"
    }
}

/// A rate as people write it: up to two decimals, none where it is whole.
func rateText(_ rate: Double) -> String {
    guard rate.isFinite, abs(rate) < 1e9 else { return "\(rate)" }
    let hundredths = Int((rate * 100).rounded())
    if hundredths % 100 == 0 { return "\(hundredths / 100)" }
    return "\(Double(hundredths) / 100)"
}
