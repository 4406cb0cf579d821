import CSDL
import Layout
import Media

/// A picture in memory that scenes are drawn on, with SDL's software renderer. Confined to one thread.
final class MemoryCanvas {
    private let surface: UnsafeMutablePointer<SDL_Surface>
    private let renderer: OpaquePointer

    /// A canvas of `size`.
    init(size: PixelSize) throws(DisplayError) {
        SDL.ready
        guard
            let surface = SDL_CreateRGBSurfaceWithFormat(
                0, Int32(size.width), Int32(size.height), 32, convene_pixels_bgra)
        else { throw .drawing(operation: "SDL_CreateRGBSurfaceWithFormat", reason: SDL.reason) }
        guard let renderer = SDL_CreateSoftwareRenderer(surface) else {
            let reason = SDL.reason
            SDL_FreeSurface(surface)
            throw .drawing(operation: "SDL_CreateSoftwareRenderer", reason: reason)
        }
        self.surface = surface
        self.renderer = renderer
    }

    deinit {
        SDL_DestroyRenderer(renderer)
        SDL_FreeSurface(surface)
    }

    /// Draws `scene` with `frames` as the tracks' pictures and `own` as one's own, and reads the result.
    func draw(
        _ scene: Scene, frames: [UInt32: VideoFrame], own: VideoFrame? = nil, time: MonotonicTime
    ) throws(DisplayError) -> VideoFrame {
        let drawing = SceneRenderer(renderer: renderer, owner: self)
        drawing.show(frames)
        drawing.showOwn(own)
        try drawing.draw(scene)
        return try drawing.pixels(time: time)
    }
}
