import CPango
import Glibc

/// Pango, with which text is shaped and drawn: loaded at its first use, because a server shows no text.
enum TextLibrary {
    /// `nil` where it is not installed. Stays valid for ever, because nothing closes the library.
    static let table: convene_pango? = {
        guard let handle = dlopen(convene_pango_name, RTLD_NOW | RTLD_LOCAL) else {
            SDL.note(
                "Names are not shown: \(String(cString: convene_pango_name)) is not installed."
                    + " Install the package libpangocairo-1.0-0.")
            return nil
        }
        var table = convene_pango()
        guard convene_pango_load(handle, &table) == 1 else {
            SDL.note(
                "Names are not shown: \(String(cString: convene_pango_name)) is too old. Install Pango 1.16 or later."
            )
            return nil
        }
        return table
    }()
}

/// One reference to an object of Pango's, given back at the end.
struct TextObject: ~Copyable {
    let pointer: UnsafeMutableRawPointer
    private let library: convene_pango

    /// Takes over the caller's reference.
    init?(_ pointer: UnsafeMutableRawPointer?, _ library: convene_pango) {
        guard let pointer else { return nil }
        self.pointer = pointer
        self.library = library
    }

    deinit { library.object_unref(pointer) }
}

/// Which font, in which size.
struct FontDescription: ~Copyable {
    let pointer: UnsafeMutableRawPointer
    private let library: convene_pango

    /// - Parameters:
    ///   - families: in the order of preference, separated by commas.
    ///   - size: of the letters, pixels.
    init?(families: String, size: Int, _ library: convene_pango) {
        guard let pointer = library.font_description_new() else { return nil }
        self.pointer = pointer
        self.library = library
        library.font_description_set_family(pointer, families)
        library.font_description_set_absolute_size(pointer, Double(size) * Double(convene_pango_scale))
    }

    deinit { library.font_description_free(pointer) }
}

/// A picture of cairo's in memory, translucent, and what draws on it.
struct TextSurface: ~Copyable {
    private let surface: UnsafeMutableRawPointer
    private let context: UnsafeMutableRawPointer
    private let library: convene_pango
    private let width: Int
    private let height: Int

    /// An empty picture; `nil` where there is no memory for it.
    init?(width: Int, height: Int, _ library: convene_pango) {
        guard
            let surface = library.image_surface_create(
                convene_cairo_argb32, Int32(clamping: width), Int32(clamping: height))
        else { return nil }
        guard library.surface_status(surface) == convene_cairo_success,
            let context = library.create(surface)
        else {
            library.surface_destroy(surface)
            return nil
        }
        self.surface = surface
        self.context = context
        self.library = library
        self.width = width
        self.height = height
    }

    deinit {
        library.destroy(context)
        library.surface_destroy(surface)
    }

    /// Draws a layout whose upper left corner is at `x`, `y`.
    func draw(_ layout: borrowing TextObject, x: Int, y: Int, color: Color) {
        func part(_ value: UInt8) -> Double { Double(value) / 255 }
        library.set_source_rgba(
            context, part(color.red), part(color.green), part(color.blue), part(color.alpha))
        library.move_to(context, Double(x), Double(y))
        library.show_layout(context, layout.pointer)
    }

    /// What was drawn; `nil` where that failed.
    func bitmap() -> LabelBitmap? {
        guard library.status(context) == convene_cairo_success else { return nil }
        library.surface_flush(surface)
        guard let data = library.image_surface_get_data(surface) else { return nil }
        let stride = Int(library.image_surface_get_stride(surface))
        var pixels: [UInt8] = []
        pixels.reserveCapacity(width * height * 4)
        for y in 0..<height {
            for x in 0..<width {
                // SAFETY: the surface has `height` rows of `stride` bytes, of which `width` native words are pixels.
                let pixel = UnsafeRawPointer(data).load(fromByteOffset: y * stride + x * 4, as: UInt32.self)
                let alpha = pixel >> 24
                // cairo's colours are multiplied by what they cover.
                for shift in [0, 8, 16] as [UInt32] {
                    let value = pixel >> shift & 255
                    pixels.append(alpha == 0 ? 0 : UInt8(min((value * 255 + alpha / 2) / alpha, 255)))
                }
                pixels.append(UInt8(alpha))
            }
        }
        return LabelBitmap(width: width, height: height, pixels: pixels)
    }
}
