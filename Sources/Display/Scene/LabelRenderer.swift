/// Draws names for pictures that no window shows, as the viewer draws them. Needs no screen. Without a font nothing is drawn,
/// and a line on standard error says so once.
///
/// Confined to one thread.
public final class LabelRenderer {
    private let typeface = Typeface()

    /// A renderer with the viewer's fonts.
    public init() {}

    /// `text` in letters `size` pixels high, shortened where it is wider than `width` pixels.
    /// - Returns: `nil` where there is nothing to be seen.
    public func bitmap(_ text: String, size: Int, width: Int) -> LabelBitmap? {
        typeface.draw(text, size: size, width: width, color: .text)
    }
}

/// The colours of the viewer's scene, for whoever composes pictures elsewhere.
public enum SceneColor {
    /// Red, green and blue, 0 to 255 each.
    public typealias Components = (red: UInt8, green: UInt8, blue: UInt8)

    /// What shows between the tiles.
    public static var background: Components { components(.background) }
    /// What shows in a tile beside a picture of another shape.
    public static var tile: Components { components(.tile) }
    /// The tile of a participant without a picture: the same for the same id, on every machine.
    public static func tile(of participant: String) -> Components { components(.tile(of: participant)) }
    /// How much the strip behind a name covers, 0 to 255; it is black.
    public static var stripCoverage: UInt8 { Color.strip.alpha }

    private static func components(_ color: Color) -> Components { (color.red, color.green, color.blue) }
}
