import CSDL
import Layout

/// Shapes with smooth edges, which SDL itself cannot draw.
enum Shapes {
    /// Calls `body` with a surface that shows a rounded rectangle in `color` on nothing; it is freed
    /// afterwards.
    static func withRoundedRectangle<Result>(
        size: PixelSize, radius: Int, color: Color,
        _ body: (UnsafeMutablePointer<SDL_Surface>) throws(DisplayError) -> Result
    ) throws(DisplayError) -> Result {
        try withSurface(size: size, color: color, body) { x, y in
            let radius = Double(min(radius, size.width / 2, size.height / 2))
            let overX = max(radius - (Double(x) + 0.5), Double(x) + 0.5 - (Double(size.width) - radius), 0)
            let overY = max(radius - (Double(y) + 0.5), Double(y) + 0.5 - (Double(size.height) - radius), 0)
            return radius + 0.5 - (overX * overX + overY * overY).squareRoot()
        }
    }

    /// Calls `body` with a square surface that covers in `color` what lies outside of a quarter of a circle
    /// around its lower right corner: laid on the upper left corner of a picture, it rounds it. The surface
    /// is freed afterwards.
    static func withCorner<Result>(
        radius: Int, color: Color, _ body: (UnsafeMutablePointer<SDL_Surface>) throws(DisplayError) -> Result
    ) throws(DisplayError) -> Result {
        try withSurface(size: PixelSize(width: radius, height: radius), color: color, body) { x, y in
            let overX = Double(radius) - (Double(x) + 0.5)
            let overY = Double(radius) - (Double(y) + 0.5)
            return (overX * overX + overY * overY).squareRoot() - Double(radius) + 0.5
        }
    }

    /// Calls `body` with a surface that shows `bitmap`; it is freed afterwards.
    static func withSurface<Result>(
        of bitmap: inout LabelBitmap,
        _ body: (UnsafeMutablePointer<SDL_Surface>) throws(DisplayError) -> Result
    ) throws(DisplayError) -> Result {
        let (width, height) = (bitmap.width, bitmap.height)
        // SAFETY: the surface uses the array's memory, and is freed before that goes.
        let result = bitmap.pixels.withUnsafeMutableBytes { pixels -> Swift.Result<Result, DisplayError> in
            guard
                let surface = SDL_CreateRGBSurfaceWithFormatFrom(
                    pixels.baseAddress, Int32(width), Int32(height), 32, Int32(width * 4), convene_pixels_bgra
                )
            else {
                return .failure(
                    .drawing(operation: "SDL_CreateRGBSurfaceWithFormatFrom", reason: SDL.reason))
            }
            defer { SDL_FreeSurface(surface) }
            do throws(DisplayError) { return .success(try body(surface)) } catch { return .failure(error) }
        }
        return try result.get()
    }

    /// A surface in `color`, covered at each pixel as `coverage` says: 0 or less not at all, 1 or more
    /// wholly.
    private static func withSurface<Result>(
        size: PixelSize, color: Color,
        _ body: (UnsafeMutablePointer<SDL_Surface>) throws(DisplayError) -> Result,
        coverage: (Int, Int) -> Double
    ) throws(DisplayError) -> Result {
        guard
            let surface = SDL_CreateRGBSurfaceWithFormat(
                0, Int32(size.width), Int32(size.height), 32, convene_pixels_bgra)
        else { throw .drawing(operation: "SDL_CreateRGBSurfaceWithFormat", reason: SDL.reason) }
        defer { SDL_FreeSurface(surface) }
        guard let pixels = surface.pointee.pixels else {
            throw .drawing(operation: "SDL_CreateRGBSurfaceWithFormat", reason: "no pixels")
        }
        // SAFETY: a surface of this format has 4 bytes a pixel and `pitch` bytes a row.
        let bytes = pixels.assumingMemoryBound(to: UInt8.self)
        for y in 0..<size.height {
            for x in 0..<size.width {
                let pixel = bytes + y * Int(surface.pointee.pitch) + x * 4
                let covered = min(max(coverage(x, y), 0), 1)
                (pixel[0], pixel[1], pixel[2]) = (color.blue, color.green, color.red)
                pixel[3] = UInt8((Double(color.alpha) * covered).rounded())
            }
        }
        return try body(surface)
    }
}
