/// A size in pixels.
public struct PixelSize: Sendable, Hashable {
    /// Pixels from left to right.
    public var width: Int
    /// Pixels from top to bottom.
    public var height: Int

    /// A size of `width` by `height` pixels.
    public init(width: Int, height: Int) {
        self.width = width
        self.height = height
    }

    /// The largest size with the aspect of a picture of `width` by `height` that fits into this one: even, at
    /// least 2 by 2.
    public func fitting(width pictureWidth: Int, height pictureHeight: Int) -> PixelSize {
        guard pictureWidth > 0, pictureHeight > 0 else { return PixelSize(width: 2, height: 2) }
        let scale = min(
            Double(width) / Double(pictureWidth), Double(height) / Double(pictureHeight))
        func even(_ value: Double, limit: Int) -> Int {
            max(min(Int(value.rounded()), limit) & ~1, 2)
        }
        return PixelSize(
            width: even(Double(pictureWidth) * scale, limit: width),
            height: even(Double(pictureHeight) * scale, limit: height))
    }
}
