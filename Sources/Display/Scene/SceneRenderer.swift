import CSDL
import Layout
import Media

/// Draws scenes with an SDL renderer, of a window or of a picture in memory alike.
///
/// Confined to the renderer's thread.
final class SceneRenderer {
    private let renderer: OpaquePointer
    /// Keeps the renderer alive until all textures are gone.
    private let owner: AnyObject
    let labels: LabelCache
    private var pictures: [UInt32: Texture] = [:]
    /// The newest frame of each track that was not copied to its texture yet.
    private var pending: [UInt32: VideoFrame] = [:]
    /// The newest picture of oneself; a change of it that was not copied yet.
    private(set) var own: Texture?
    private var pendingOwn: VideoFrame??
    private var corner: Texture?
    private var panel: Texture?

    /// Draws with `renderer`, which `owner` frees.
    init(renderer: OpaquePointer, owner: AnyObject) {
        self.renderer = renderer
        self.owner = owner
        labels = LabelCache(renderer: renderer)
        SDL_SetRenderDrawBlendMode(renderer, SDL_BLENDMODE_BLEND)
    }

    deinit {
        pictures = [:]
        own = nil
        corner = nil
        panel = nil
        labels.removeAll()
    }

    /// The size of what is drawn on.
    var size: PixelSize {
        var width: Int32 = 0
        var height: Int32 = 0
        SDL_GetRendererOutputSize(renderer, &width, &height)
        return PixelSize(width: Int(width), height: Int(height))
    }

    /// Shows `frames` from the next picture on. Frames that are not `.bgra` are ignored.
    func show(_ frames: [UInt32: VideoFrame]) {
        for (track, frame) in frames where frame.format == .bgra { pending[track] = frame }
    }

    /// Shows a picture of oneself from the next picture on, or none.
    func showOwn(_ frame: VideoFrame?) {
        pendingOwn = frame.map { $0.format == .bgra ? $0 : nil } ?? .some(nil)
    }

    /// Draws the whole scene.
    func draw(_ scene: Scene) throws(DisplayError) {
        labels.nextPicture()
        try updatePictures(scene)
        fill(PixelRect(x: 0, y: 0, width: size.width, height: size.height), .background)
        for (tile, rect) in scene.layout(in: size) { try draw(tile, in: rect) }
        let window = PixelRect(x: 0, y: 0, width: size.width, height: size.height)
        let letters = min(max(size.height / 36, 14), 40)
        if scene.tiles.isEmpty, let notice = scene.notice {
            try draw(Label(text: notice, size: letters, width: size.width), centeredIn: window)
        }
        let page = scene.page(in: size)
        if page.count > 1 {
            let text = "\(page.number + 1) of \(page.count)"
            if let texture = try labels.texture(of: Label(text: text, size: letters * 3 / 4, strip: .strip)) {
                copy(
                    texture, x: (size.width - texture.size.width) / 2, y: letters / 2)
            }
        }
        try drawSigns(scene, letters: letters)
        if let progress = scene.progress { try progress.draw(in: window, letters: letters, with: self) }
        if scene.showsHelp {
            try HelpPanel(
                letters: letters, isReplay: scene.isReplay, sends: scene.status.own != nil
            ).draw(in: window, with: self)
        }
    }

    /// Reads what was drawn last, as an opaque frame of `.bgra` with `time`.
    func pixels(time: MonotonicTime) throws(DisplayError) -> VideoFrame {
        let size = self.size
        let buffer = PixelBuffer(format: .bgra, width: max(size.width, 1), height: max(size.height, 1))
        let plane = buffer.planes[0]
        guard
            SDL_RenderReadPixels(renderer, nil, convene_pixels_bgra, plane.start, Int32(plane.strideInBytes))
                == 0
        else { throw .drawing(operation: "SDL_RenderReadPixels", reason: SDL.reason) }
        for y in 0..<size.height {
            let row = plane.start + y * plane.strideInBytes
            for x in 0..<size.width { row.storeBytes(of: 255, toByteOffset: x * 4 + 3, as: UInt8.self) }
        }
        return VideoFrame(
            format: .bgra, width: size.width, height: size.height, range: .full, time: time, buffer: buffer)
    }

    /// Copies the pictures that came since, and forgets those of tracks that are gone.
    private func updatePictures(_ scene: Scene) throws(DisplayError) {
        let tracks = Set(scene.tiles.compactMap(\.track))
        pictures = pictures.filter { tracks.contains($0.key) }
        for (track, frame) in pending where tracks.contains(track) {
            let size = PixelSize(width: frame.width, height: frame.height)
            let known = pictures[track]
            let texture: Texture
            if let known, known.size == size {
                texture = known
            } else {
                texture = try Texture(renderer: renderer, size: size)
            }
            try texture.update(frame)
            pictures[track] = texture
        }
        pending = [:]
        try updateOwn()
    }

    private func updateOwn() throws(DisplayError) {
        guard let change = pendingOwn else { return }
        pendingOwn = nil
        guard let frame = change else { return own = nil }
        let size = PixelSize(width: frame.width, height: frame.height)
        let texture = own?.size == size ? own : try Texture(renderer: renderer, size: size)
        try texture?.update(frame)
        own = texture
    }

    private func draw(_ tile: Tile, in rect: PixelRect) throws(DisplayError) {
        let letters = TileText.stripSize(height: rect.height)
        if !tile.isDark, let track = tile.track, let picture = pictures[track] {
            fill(rect, .tile)
            copy(picture, to: rect.letterbox(width: picture.size.width, height: picture.size.height))
            if tile.trouble != nil { fill(rect, .shade) }
            try roundCorners(of: rect)
            try drawName(tile, letters: letters, in: rect)
        } else {
            fill(rect, Color.tile(of: tile.participant))
            if tile.trouble != nil { fill(rect, .shade) }
            try roundCorners(of: rect)
            let large = TileText.nameSize(height: rect.height)
            try draw(
                Label(text: tile.name, size: large, width: TileText.nameRoom(width: rect.width)),
                centeredIn: rect)
            if tile.isMuted, tile.trouble == nil {
                try draw(Self.badge("muted", letters), centeredIn: Self.lower(rect, by: large * 3 / 2))
            }
        }
        if let trouble = tile.trouble {
            let text = trouble == .away ? "reconnecting…" : "no signal…"
            let hasName = tile.isDark || tile.track.flatMap { pictures[$0] } == nil
            let place = hasName ? Self.lower(rect, by: min(max(rect.height / 5, 18), 144)) : rect
            try draw(Label(text: text, size: letters, strip: .strip), centeredIn: place)
        }
    }

    /// The name on a picture, and that its sound is muted.
    private func drawName(_ tile: Tile, letters: Int, in rect: PixelRect) throws(DisplayError) {
        let margin = TileText.margin(size: letters)
        let badge = tile.isMuted ? try labels.texture(of: Self.badge("muted", letters)) : nil
        let room =
            TileText.stripRoom(width: rect.width, size: letters) - (badge.map { $0.size.width + margin } ?? 0)
        var x = rect.x + margin
        if let texture = try labels.texture(
            of: Label(text: tile.name, size: letters, width: max(room, 0), strip: .strip))
        {
            copy(texture, x: x, y: rect.y + rect.height - texture.size.height - margin)
            x += texture.size.width + margin / 2
        }
        if let badge { copy(badge, x: x, y: rect.y + rect.height - badge.size.height - margin) }
    }

    static func badge(_ text: String, _ letters: Int, width: Int? = nil) -> Label {
        Label(text: text, size: letters, width: width, strip: .alert)
    }

    private static func lower(_ rect: PixelRect, by distance: Int) -> PixelRect {
        var place = rect
        place.y += distance
        return place
    }

    func roundCorners(of rect: PixelRect) throws(DisplayError) {
        let radius = min(max(size.height / 60, 4), rect.height / 4, rect.width / 4)
        guard radius > 0 else { return }
        if corner?.size.width != radius {
            corner = try Shapes.withCorner(radius: radius, color: .background) {
                surface throws(DisplayError) in
                try Texture(renderer: renderer, surface: surface)
            }
        }
        guard let corner else { return }
        for (right, bottom) in [(false, false), (true, false), (false, true), (true, true)] {
            var place = SDL_Rect(
                x: Int32(right ? rect.x + rect.width - radius : rect.x),
                y: Int32(bottom ? rect.y + rect.height - radius : rect.y), w: Int32(radius), h: Int32(radius))
            let flip =
                (right ? SDL_FLIP_HORIZONTAL.rawValue : 0) | (bottom ? SDL_FLIP_VERTICAL.rawValue : 0)
            SDL_RenderCopyEx(renderer, corner.pointer, nil, &place, 0, nil, SDL_RendererFlip(rawValue: flip))
        }
    }
}

/// Drawing that the parts of a scene share.
extension SceneRenderer {
    /// Fills a rectangle.
    func fill(_ rect: PixelRect, _ color: Color) {
        SDL_SetRenderDrawColor(renderer, color.red, color.green, color.blue, color.alpha)
        var place = Self.rectangle(rect)
        SDL_RenderFillRect(renderer, &place)
    }

    /// Fills a rectangle with rounded corners; there is one such rectangle in a scene.
    func fillRounded(_ rect: PixelRect, radius: Int, _ color: Color) throws(DisplayError) {
        if panel?.size != rect.size {
            panel = try Shapes.withRoundedRectangle(size: rect.size, radius: radius, color: color) {
                surface throws(DisplayError) in try Texture(renderer: renderer, surface: surface)
            }
        }
        if let panel { copy(panel, to: rect) }
    }

    /// Draws a label in the middle of a rectangle.
    func draw(_ label: Label, centeredIn rect: PixelRect) throws(DisplayError) {
        guard let texture = try labels.texture(of: label) else { return }
        copy(
            texture, x: rect.x + (rect.width - texture.size.width) / 2,
            y: rect.y + (rect.height - texture.size.height) / 2)
    }

    /// Draws a label with its upper left corner at `x`, `y`.
    func draw(_ label: Label, x: Int, y: Int) throws(DisplayError) {
        guard let texture = try labels.texture(of: label) else { return }
        copy(texture, x: x, y: y)
    }

    /// The width of a text in pixels.
    func width(of text: String, size: Int) -> Int { labels.typeface.width(of: text, size: size) }

    func copy(_ texture: Texture, x: Int, y: Int) {
        copy(texture, to: PixelRect(x: x, y: y, width: texture.size.width, height: texture.size.height))
    }

    /// Draws a texture as in a mirror.
    func copyMirrored(_ texture: Texture, to rect: PixelRect) {
        var place = Self.rectangle(rect)
        SDL_RenderCopyEx(renderer, texture.pointer, nil, &place, 0, nil, SDL_FLIP_HORIZONTAL)
    }

    func copy(_ texture: Texture, to rect: PixelRect) {
        var place = Self.rectangle(rect)
        SDL_RenderCopy(renderer, texture.pointer, nil, &place)
    }

    private static func rectangle(_ rect: PixelRect) -> SDL_Rect {
        SDL_Rect(x: Int32(rect.x), y: Int32(rect.y), w: Int32(rect.width), h: Int32(rect.height))
    }
}
