/// A line of text as a translucent picture.
public struct LabelBitmap: Sendable, Hashable {
    /// Pixels from left to right.
    public var width: Int
    /// Pixels from top to bottom.
    public var height: Int
    /// Blue, green, red and how much it covers, 0 to 255 each, row by row, without padding. Most of a text has one colour;
    /// emoji have their own.
    public var pixels: [UInt8]
}
