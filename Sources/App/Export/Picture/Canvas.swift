import Display
import Layout
import Media

/// A colour in `yuv420p`, limited range, ITU-R BT.601 as FFmpeg assumes for pictures that say nothing.
struct CanvasColor: Sendable {
    let luma: UInt8
    let blue: UInt8
    let red: UInt8

    init(_ color: SceneColor.Components) {
        self.init(
            red: Double(color.red) / 255, green: Double(color.green) / 255, blue: Double(color.blue) / 255)
    }

    /// From 0 to 1 each; what is beyond is taken for 0 or 1.
    init(red: Double, green: Double, blue: Double) {
        let (r, g, b) = (min(max(red, 0), 1), min(max(green, 0), 1), min(max(blue, 0), 1))
        luma = UInt8(16 + 65.481 * r + 128.553 * g + 24.966 * b)
        self.blue = UInt8(128 - 37.797 * r - 74.203 * g + 112 * b)
        self.red = UInt8(128 + 112 * r - 93.786 * g - 18.214 * b)
    }
}

/// A picture in `yuv420p` that is composed. Written by one thread, before anybody reads it.
///
/// Positions and sizes of all rectangles are even; what lies outside of the canvas is left out by the callers, whose
/// tiles lie within it.
struct Canvas {
    let frame: VideoFrame

    /// A canvas of undefined content.
    init(size: PixelSize) {
        frame = VideoFrame(
            format: .yuv420p, width: size.width, height: size.height, range: .limited,
            time: MonotonicTime(nanoseconds: 0),
            buffer: PixelBuffer(format: .yuv420p, width: size.width, height: size.height))
    }

    /// A canvas with the content of another.
    init(copying other: Canvas) {
        self.init(size: PixelSize(width: other.frame.width, height: other.frame.height))
        for plane in 0..<3 {
            let (from, to) = (other.frame.buffer.planes[plane], frame.buffer.planes[plane])
            // SAFETY: both buffers have the same format and size, so the same strides and lengths.
            to.start.copyMemory(
                from: from.start,
                byteCount: from.strideInBytes * frame.format.rows(plane: plane, height: frame.height))
        }
    }

    private func row(_ plane: Int, _ y: Int, _ x: Int) -> UnsafeMutableRawPointer {
        let target = frame.buffer.planes[plane]
        return target.start + y * target.strideInBytes + x
    }

    private func isInside(x: Int, y: Int, width: Int, height: Int) -> Bool {
        x >= 0 && y >= 0 && width > 0 && height > 0 && x + width <= frame.width && y + height <= frame.height
    }

    /// Fills a rectangle.
    func fill(_ rectangle: PixelRect, _ color: CanvasColor) {
        guard isInside(x: rectangle.x, y: rectangle.y, width: rectangle.width, height: rectangle.height)
        else { return }
        for (plane, value) in [color.luma, color.blue, color.red].enumerated() {
            let shift = plane == 0 ? 0 : 1
            for y in rectangle.y >> shift..<(rectangle.y + rectangle.height) >> shift {
                row(plane, y, rectangle.x >> shift).initializeMemory(
                    as: UInt8.self, repeating: value, count: rectangle.width >> shift)
            }
        }
    }

    /// Draws a `yuv420p` picture; dimmed, it is darker and pale.
    func draw(_ picture: VideoFrame, x: Int, y: Int, isDimmed: Bool) {
        guard picture.format == .yuv420p, isInside(x: x, y: y, width: picture.width, height: picture.height)
        else {
            return
        }
        for plane in 0..<3 {
            let shift = plane == 0 ? 0 : 1
            let source = picture.buffer.planes[plane]
            let count = picture.width >> shift
            for line in 0..<picture.height >> shift {
                let target = row(plane, (y >> shift) + line, x >> shift)
                let from = source.start + line * source.strideInBytes
                if isDimmed {
                    Self.dim(from, target, count, plane == 0 ? 16 : 128)
                } else {
                    target.copyMemory(from: from, byteCount: count)
                }
            }
        }
    }

    private static func dim(
        _ source: UnsafeRawPointer, _ target: UnsafeMutableRawPointer, _ count: Int, _ zero: Int
    ) {
        for x in 0..<count {
            let value = Int(source.load(fromByteOffset: x, as: UInt8.self))
            target.storeBytes(
                of: UInt8(truncatingIfNeeded: zero + (value - zero) * 2 / 5), toByteOffset: x, as: UInt8.self)
        }
    }

    /// Lays a label on what was drawn, with its upper left corner at an even place. A label that does not fit is left out.
    func lay(_ label: CanvasLabel, x: Int, y: Int) {
        guard isInside(x: x, y: y, width: label.width, height: label.height) else { return }
        for (plane, layer) in label.layers.enumerated() {
            let shift = plane == 0 ? 0 : 1
            let width = label.width >> shift
            for line in 0..<label.height >> shift {
                let target = row(plane, (y >> shift) + line, x >> shift)
                for column in 0..<width {
                    let sample = layer[line * width + column]
                    guard sample.coverage > 0 else { continue }
                    let value = Int(target.load(fromByteOffset: column, as: UInt8.self))
                    let result = value + (Int(sample.value) - value) * Int(sample.coverage) / 255
                    target.storeBytes(
                        of: UInt8(truncatingIfNeeded: result), toByteOffset: column, as: UInt8.self)
                }
            }
        }
    }
}
