import CPango

/// Shapes and draws lines of text in every script of which a font is installed, from right to left where it is written so,
/// emoji in their colours.
///
/// Confined to the thread that made it.
final class Typeface {
    /// The look of Latin names; what these fonts lack, fontconfig finds in others.
    private static let families = "DejaVu Sans, Noto Sans, Liberation Sans, sans-serif"
    /// Beyond so many bytes a text is cut before it is shaped: nobody reads on, and shaping takes time.
    private static let longestText = 1024
    /// What sticks out above or below its line by more than its height is cut: stacked accents have no end.
    private static let overhang = 1
    /// Pixels; the greatest sizes that anybody shows.
    private static let largestSize = 1000
    private static let largestWidth = 16_384

    /// `nil` without Pango or any font: text is not drawn then, and a line on standard error has said so once.
    private let shaper: Shaper?
    /// Height and baseline of a line, by size.
    private var lines: [Int: Line] = [:]

    private struct Line {
        var height: Int
        var baseline: Int
    }

    /// Pango's state, which outlives all layouts.
    private final class Shaper {
        let library: convene_pango
        private let map: TextObject
        let context: TextObject

        init?() {
            guard let library = TextLibrary.table,
                let map = TextObject(library.font_map_new(), library),
                let context = TextObject(library.font_map_create_context(map.pointer), library),
                let options = library.font_options_create()
            else { return nil }
            defer { library.font_options_destroy(options) }
            // Coverage by colour, which a user may have chosen for the desktop, cannot be laid on a picture.
            library.font_options_set_antialias(options, convene_cairo_antialias_gray)
            library.context_set_font_options(context.pointer, options)
            self.library = library
            self.map = map
            self.context = context
            // Pango itself ends the process where there is no font at all.
            guard hasFont else {
                Typeface.noFont
                return nil
            }
        }

        private var hasFont: Bool {
            guard let font = FontDescription(families: Typeface.families, size: 16, library),
                let found = TextObject(library.context_load_font(context.pointer, font.pointer), library)
            else { return false }
            _ = consume found
            return true
        }
    }

    /// A typeface with the fonts that are installed.
    init() { shaper = Shaper() }

    /// The width of `text` in pixels at a size of `size` pixels.
    func width(of text: String, size: Int) -> Int {
        guard let shaper, let layout = layout(text, size: size, width: nil, shaper) else { return 0 }
        return extents(layout, shaper.library).logical.width
    }

    /// `text` drawn in `color` on nothing, shortened by an ellipsis where it is wider than `width` pixels; `nil` where there
    /// is nothing to be seen.
    ///
    /// All labels of a size have the same height and baseline, but those with letters that stick out.
    func draw(_ text: String, size: Int, width: Int? = nil, color: Color) -> LabelBitmap? {
        let size = min(max(size, 1), Self.largestSize)
        let width = min(max(width ?? Self.largestWidth, 0), Self.largestWidth)
        guard let shaper, let layout = layout(text, size: size, width: width, shaper) else { return nil }
        let library = shaper.library
        if library.layout_get_unknown_glyphs_count(layout.pointer) > 0 { Self.noLetter }
        let (ink, logical) = extents(layout, library)
        let line = line(size: size, shaper)
        guard ink.width > 0, ink.height > 0, line.height > 0 else { return nil }
        let baseline = Int(library.layout_get_baseline(layout.pointer)) / Int(convene_pango_scale)
        let top = max(min(ink.y - baseline, -line.baseline), -line.baseline - Self.overhang * line.height)
        let bottom = min(
            max(ink.y + ink.height - baseline, line.height - line.baseline),
            line.height - line.baseline + Self.overhang * line.height)
        let left = min(ink.x, logical.x)
        let right = max(ink.x + ink.width, logical.x + logical.width)
        let limit = max(width, 1)
        guard
            let surface = TextSurface(
                width: min(right - left, limit + 2 * size), height: bottom - top, library)
        else { return nil }
        surface.draw(layout, x: -left, y: -baseline - top, color: color)
        return surface.bitmap()
    }

    private func layout(
        _ text: String, size: Int, width: Int?, _ shaper: Shaper
    ) -> TextObject? {
        let library = shaper.library
        let size = min(max(size, 1), Self.largestSize)
        guard !text.isEmpty,
            let font = FontDescription(families: Self.families, size: size, library),
            let layout = TextObject(library.layout_new(shaper.context.pointer), library)
        else { return nil }
        library.layout_set_font_description(layout.pointer, font.pointer)
        library.layout_set_single_paragraph_mode(layout.pointer, 1)
        if let width {
            library.layout_set_width(layout.pointer, Int32(clamping: width) * convene_pango_scale)
            library.layout_set_ellipsize(layout.pointer, convene_pango_ellipsize_end)
        }
        var line = Self.oneLine(text)
        line.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) {
                library.layout_set_text(layout.pointer, $0.baseAddress, Int32($0.count))
            }
        }
        return layout
    }

    private func extents(
        _ layout: borrowing TextObject, _ library: convene_pango
    ) -> (ink: Extents, logical: Extents) {
        var (ink, logical) = (convene_text_extents(), convene_text_extents())
        library.layout_get_pixel_extents(layout.pointer, &ink, &logical)
        return (Extents(ink), Extents(logical))
    }

    private struct Extents {
        var x, y, width, height: Int
        init(_ rectangle: convene_text_extents) {
            (x, y) = (Int(rectangle.x), Int(rectangle.y))
            (width, height) = (Int(rectangle.width), Int(rectangle.height))
        }
    }

    private func line(size: Int, _ shaper: Shaper) -> Line {
        if let known = lines[size] { return known }
        guard let layout = layout("Ag", size: size, width: nil, shaper) else {
            return Line(height: 0, baseline: 0)
        }
        let line = Line(
            height: extents(layout, shaper.library).logical.height,
            baseline: Int(shaper.library.layout_get_baseline(layout.pointer)) / Int(convene_pango_scale))
        if lines.count >= 64 { lines = [:] }
        lines[size] = line
        return line
    }

    /// A name may hold anything; a label is one line, and has an end.
    private static func oneLine(_ text: String) -> String {
        var result = ""
        var length = 0
        for scalar in text.unicodeScalars {
            length += UTF8.width(scalar)
            guard length <= longestText else { break }
            let isControl =
                scalar.properties.generalCategory == .control || scalar == "\u{2028}" || scalar == "\u{2029}"
            result.unicodeScalars.append(isControl ? " " : scalar)
        }
        return result
    }

    private static let noFont: Void = SDL.note(
        "No font was found, so names are not shown. Install the package fonts-dejavu-core.")
    private static let noLetter: Void = SDL.note(
        "No font has all letters of a name. Install the packages fonts-noto-core, fonts-noto-cjk and"
            + " fonts-noto-color-emoji.")
}
