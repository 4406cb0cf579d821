internal import CSDL

/// A line of text as a picture of how much each pixel is covered.
public struct LabelBitmap: Sendable, Hashable {
    /// Pixels from left to right.
    public var width: Int
    /// Pixels from top to bottom.
    public var height: Int
    /// 0 (nothing) to 255 for each pixel, row by row, without padding.
    public var coverage: [UInt8]
}

/// Draws names for pictures that no window shows. Needs no screen. Without a font nothing is drawn, and a line on
/// standard error says so once.
///
/// Confined to one thread.
public final class LabelRenderer {
    private let typeface = Typeface()

    /// A renderer with the font that the viewer uses.
    public init() {}

    /// `text` in letters `size` pixels high, shortened where it is wider than `width` pixels.
    /// - Returns: `nil` where there is nothing to be seen.
    public func bitmap(_ text: String, size: Int, width: Int) -> LabelBitmap? {
        let fitting = typeface.fit(text, size: size, width: width)
        guard let surface = typeface.draw(fitting, size: size, color: .text) else { return nil }
        defer { SDL_FreeSurface(surface) }
        guard let converted = SDL_ConvertSurfaceFormat(surface, convene_pixels_bgra, 0) else { return nil }
        defer { SDL_FreeSurface(converted) }
        let (columns, rows) = (Int(converted.pointee.w), Int(converted.pointee.h))
        guard let pixels = converted.pointee.pixels, columns > 0, rows > 0 else { return nil }
        let stride = Int(converted.pointee.pitch)
        var coverage = [UInt8](repeating: 0, count: columns * rows)
        for y in 0..<rows {
            for x in 0..<columns {
                coverage[y * columns + x] = pixels.load(
                    fromByteOffset: y * stride + x * 4 + 3, as: UInt8.self)
            }
        }
        return LabelBitmap(width: columns, height: rows, coverage: coverage)
    }
}

/// The colours of the viewer's scene, for whoever composes pictures elsewhere.
public enum SceneColor {
    /// Red, green and blue, 0 to 255 each.
    public typealias Components = (red: UInt8, green: UInt8, blue: UInt8)

    /// What shows between the tiles.
    public static var background: Components { components(.background) }
    /// The tile of a participant without a picture: the same for the same id, on every machine.
    public static func tile(of participant: String) -> Components { components(.tile(of: participant)) }

    private static func components(_ color: Color) -> Components { (color.red, color.green, color.blue) }
}
