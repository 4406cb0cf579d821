/// A text on a rounded strip, or on nothing: how it looks.
struct Label: Hashable {
    /// What it says, one line.
    var text: String
    /// Height of the letters, pixels.
    var size: Int
    /// Colour of the letters.
    var color: Color = .text
    /// The most pixels from left to right that the text may take; where it is longer, an ellipsis ends it.
    var width: Int?
    /// Colour of the strip, if there is one.
    var strip: Color?

    /// Distance from the strip's left and right edge to the text.
    var padding: Int { strip == nil ? 0 : size * 5 / 8 }
    /// Distance from the strip's upper and lower edge to the text.
    var verticalPadding: Int { strip == nil ? 0 : size / 4 }
}
