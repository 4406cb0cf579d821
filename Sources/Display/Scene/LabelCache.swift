import CSDL
import Layout

/// Labels as textures, each drawn once as long as it is in use. Confined to the renderer's thread.
final class LabelCache {
    /// A label not drawn for so many pictures is forgotten.
    private static let patience = 120

    private let renderer: OpaquePointer
    /// The font of all labels.
    let typeface = Typeface()
    private var labels: [Label: (texture: Texture, used: Int)] = [:]
    private var picture = 0

    /// A cache of textures of `renderer`, which outlives it.
    init(renderer: OpaquePointer) { self.renderer = renderer }

    /// Frees all textures.
    func removeAll() { labels = [:] }

    /// A new picture begins.
    func nextPicture() {
        picture += 1
        if picture % Self.patience == 0 {
            labels = labels.filter { picture - $0.value.used < Self.patience }
        }
    }

    /// The texture of a label; `nil` where there is no font or no text.
    func texture(of label: Label) throws(DisplayError) -> Texture? {
        if let known = labels[label] {
            labels[label]?.used = picture
            return known.texture
        }
        guard
            var text = typeface.draw(label.text, size: label.size, width: label.width, color: label.color)
        else { return nil }
        let texture = try Shapes.withSurface(of: &text) { text throws(DisplayError) in
            guard let color = label.strip else { return try Texture(renderer: renderer, surface: text) }
            return try strip(label, color: color, text: text)
        }
        labels[label] = (texture, picture)
        return texture
    }

    private func strip(
        _ label: Label, color: Color, text: UnsafeMutablePointer<SDL_Surface>
    ) throws(DisplayError) -> Texture {
        let size = PixelSize(
            width: Int(text.pointee.w) + 2 * label.padding,
            height: Int(text.pointee.h) + 2 * label.verticalPadding)
        return try Shapes.withRoundedRectangle(size: size, radius: label.size / 3, color: color) {
            surface throws(DisplayError) in
            var place = SDL_Rect(x: Int32(label.padding), y: Int32(label.verticalPadding), w: 0, h: 0)
            SDL_UpperBlit(text, nil, surface, &place)
            return try Texture(renderer: renderer, surface: surface)
        }
    }
}
