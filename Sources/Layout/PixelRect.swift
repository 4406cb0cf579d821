/// A rectangle in pixels; the origin is the upper left corner.
public struct PixelRect: Sendable, Hashable {
    /// The leftmost pixel.
    public var x: Int
    /// The topmost pixel.
    public var y: Int
    /// Pixels from left to right.
    public var width: Int
    /// Pixels from top to bottom.
    public var height: Int

    /// A rectangle with its upper left corner at `x`, `y`.
    public init(x: Int, y: Int, width: Int, height: Int) {
        self.x = x
        self.y = y
        self.width = width
        self.height = height
    }

    /// The size.
    public var size: PixelSize { PixelSize(width: width, height: height) }

    /// The largest rectangle with the aspect of a picture of `width` by `height` in the middle of this one.
    ///
    /// A picture that fills this one but for a pixel or two (it was scaled to an even size) fills it wholly.
    public func letterbox(width pictureWidth: Int, height pictureHeight: Int) -> PixelRect {
        guard pictureWidth > 0, pictureHeight > 0, width > 0, height > 0 else { return self }
        let scale = min(Double(width) / Double(pictureWidth), Double(height) / Double(pictureHeight))
        var fitted = PixelSize(
            width: min(max(Int((Double(pictureWidth) * scale).rounded()), 1), width),
            height: min(max(Int((Double(pictureHeight) * scale).rounded()), 1), height))
        if width - fitted.width <= 4 { fitted.width = width }
        if height - fitted.height <= 4 { fitted.height = height }
        return PixelRect(
            x: x + (width - fitted.width) / 2, y: y + (height - fitted.height) / 2, width: fitted.width,
            height: fitted.height)
    }
}
