import CSDL
import Layout
import Media

/// A picture in the renderer's memory. Owned: freed with the last reference, which must go before the
/// renderer.
///
/// Confined to the renderer's thread.
final class Texture {
    /// SDL's texture.
    let pointer: OpaquePointer
    /// Its size.
    let size: PixelSize

    /// An opaque texture for pictures in `.bgra`, of undefined content.
    init(renderer: OpaquePointer, size: PixelSize) throws(DisplayError) {
        guard
            let pointer = SDL_CreateTexture(
                renderer, convene_pixels_bgra, Int32(SDL_TEXTUREACCESS_STREAMING.rawValue), Int32(size.width),
                Int32(size.height))
        else { throw .drawing(operation: "SDL_CreateTexture", reason: SDL.reason) }
        self.pointer = pointer
        self.size = size
        SDL_SetTextureBlendMode(pointer, SDL_BLENDMODE_NONE)
        SDL_SetTextureScaleMode(pointer, SDL_ScaleModeLinear)
    }

    /// A translucent texture with the content of `surface`, which stays the caller's.
    init(renderer: OpaquePointer, surface: UnsafeMutablePointer<SDL_Surface>) throws(DisplayError) {
        guard let pointer = SDL_CreateTextureFromSurface(renderer, surface) else {
            throw .drawing(operation: "SDL_CreateTextureFromSurface", reason: SDL.reason)
        }
        self.pointer = pointer
        size = PixelSize(width: Int(surface.pointee.w), height: Int(surface.pointee.h))
        SDL_SetTextureBlendMode(pointer, SDL_BLENDMODE_BLEND)
    }

    deinit { SDL_DestroyTexture(pointer) }

    /// Copies the pixels of `frame`, which is `.bgra` and of this size.
    func update(_ frame: VideoFrame) throws(DisplayError) {
        let plane = frame.buffer.planes[0]
        guard SDL_UpdateTexture(pointer, nil, plane.start, Int32(plane.strideInBytes)) == 0 else {
            throw .drawing(operation: "SDL_UpdateTexture", reason: SDL.reason)
        }
    }
}
