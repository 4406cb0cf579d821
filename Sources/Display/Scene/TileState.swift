public import Layout

/// What becomes of the tile of a video track.
public struct TileState: Sendable, Hashable {
    /// Its size, pixels; the one that it will have where it is not shown now.
    public var size: PixelSize
    /// Whether a viewer can see it: not on another page, nor in a window that is hidden.
    public var isShown: Bool

    /// A tile of this size.
    public init(size: PixelSize, isShown: Bool) {
        self.size = size
        self.isShown = isShown
    }
}
