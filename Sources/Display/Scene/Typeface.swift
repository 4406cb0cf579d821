import CSDL

/// The font of names and help, in the sizes that are needed. Confined to the renderer's thread.
final class Typeface {
    private static let paths = [
        "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
        "/usr/share/fonts/dejavu/DejaVuSans.ttf",
        "/usr/share/fonts/TTF/DejaVuSans.ttf",
        "/usr/share/fonts/dejavu-sans-fonts/DejaVuSans.ttf",
        "/usr/share/fonts/truetype/noto/NotoSans-Regular.ttf",
        "/usr/share/fonts/truetype/liberation2/LiberationSans-Regular.ttf",
        "/usr/share/fonts/truetype/freefont/FreeSans.ttf",
    ]
    private static let maximumSizes = 8

    private let path: String?
    private var fonts: [Int: OpaquePointer] = [:]
    private let isInitialized: Bool

    /// The first font found in the usual places; without any, text is not drawn, and a line on standard error
    /// says so once.
    init() {
        isInitialized = TTF_Init() == 0
        let path = Self.paths.first { path in
            guard let file = SDL_RWFromFile(path, "rb") else { return false }
            SDL_RWclose(file)
            return true
        }
        self.path = isInitialized ? path : nil
        if self.path == nil { Self.note }
    }

    deinit {
        for font in fonts.values { TTF_CloseFont(font) }
        if isInitialized { TTF_Quit() }
    }

    /// The width of `text` in pixels at a size of `size` pixels.
    func width(of text: String, size: Int) -> Int {
        guard let font = font(size: size) else { return 0 }
        var width: Int32 = 0
        return TTF_SizeUTF8(font, text, &width, nil) == 0 ? Int(width) : 0
    }

    /// `text`, shortened with an ellipsis where it is wider than `width` pixels.
    func fit(_ text: String, size: Int, width: Int) -> String {
        guard self.width(of: text, size: size) > width else { return text }
        var low = 0
        var high = text.count
        while low < high {
            let middle = (low + high + 1) / 2
            if self.width(of: text.prefix(middle) + "…", size: size) <= width {
                low = middle
            } else {
                high = middle - 1
            }
        }
        return low > 0 ? text.prefix(low) + "…" : ""
    }

    /// `text` drawn in `color` on nothing; the caller frees the surface. `nil` where it cannot be drawn.
    func draw(_ text: String, size: Int, color: Color) -> UnsafeMutablePointer<SDL_Surface>? {
        guard !text.isEmpty, let font = font(size: size) else { return nil }
        let color = SDL_Color(r: color.red, g: color.green, b: color.blue, a: color.alpha)
        return TTF_RenderUTF8_Blended(font, text, color)
    }

    private func font(size: Int) -> OpaquePointer? {
        if let font = fonts[size] { return font }
        guard let path, let font = TTF_OpenFont(path, Int32(size)) else { return nil }
        if fonts.count >= Self.maximumSizes {
            for old in fonts.values { TTF_CloseFont(old) }
            fonts = [:]
        }
        fonts[size] = font
        return font
    }

    private static let note: Void = SDL.note(
        "No font was found, so names are not shown. Install the package fonts-dejavu-core.")
}
