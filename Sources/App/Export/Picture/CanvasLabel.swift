import Display

/// A text ready to be laid on a canvas: three translucent planes, 4:2:0, of even width and height.
struct CanvasLabel: Sendable {
    /// A sample of a plane, and how much of it covers what lies below, 0 to 255.
    struct Sample: Sendable {
        var value: UInt8
        var coverage: UInt8
    }

    let width: Int
    let height: Int
    /// Luma, blue and red.
    let layers: [[Sample]]

    /// `text`, on a dark strip with round corners if `hasStrip`. `size` is that of its letters, pixels.
    init(_ text: LabelBitmap, size: Int, hasStrip: Bool) {
        let (left, top) = hasStrip ? (size * 5 / 8, size / 4) : (0, 0)
        let (width, height) = ((text.width + 2 * left + 1) & ~1, (text.height + 2 * top + 1) & ~1)
        let radius = Double(min(size / 3, width / 2, height / 2))
        var pixels = [SIMD4<Double>](repeating: .zero, count: width * height)
        for y in 0..<height {
            for x in 0..<width {
                let strip = hasStrip ? Self.strip(x, y, width, height, radius) : 0
                let (column, row) = (x - left, y - top)
                guard (0..<text.width).contains(column), (0..<text.height).contains(row) else {
                    pixels[y * width + x].w = strip
                    continue
                }
                let at = (row * text.width + column) * 4
                let covered = Double(text.pixels[at + 3]) / 255
                let color = SIMD4(
                    Double(text.pixels[at + 2]), Double(text.pixels[at + 1]), Double(text.pixels[at]), 0)
                // Multiplied by what they cover, colours can be added and averaged; black adds nothing.
                pixels[y * width + x] = color / 255 * covered
                pixels[y * width + x].w = covered + strip * (1 - covered)
            }
        }
        self.width = width
        self.height = height
        layers = (0..<3).map { Self.layer($0, of: pixels, width: width, height: height) }
    }

    /// How much of a pixel a strip covers.
    private static func strip(_ x: Int, _ y: Int, _ width: Int, _ height: Int, _ radius: Double) -> Double {
        func beyond(_ place: Int, _ length: Int) -> Double {
            max(radius - (Double(place) + 0.5), Double(place) + 0.5 - (Double(length) - radius), 0)
        }
        let (overX, overY) = (beyond(x, width), beyond(y, height))
        let covered = min(max(radius + 0.5 - (overX * overX + overY * overY).squareRoot(), 0), 1)
        return covered * Double(SceneColor.stripCoverage) / 255
    }

    /// One plane: of each pixel, or of each four.
    private static func layer(_ plane: Int, of pixels: [SIMD4<Double>], width: Int, height: Int) -> [Sample] {
        let step = plane == 0 ? 1 : 2
        var layer: [Sample] = []
        layer.reserveCapacity(pixels.count / (step * step))
        for y in stride(from: 0, to: height, by: step) {
            for x in stride(from: 0, to: width, by: step) {
                var sum = pixels[y * width + x]
                if step == 2 {
                    let others = (y * width + x + 1, (y + 1) * width + x, (y + 1) * width + x + 1)
                    sum += pixels[others.0] + pixels[others.1] + pixels[others.2]
                    sum /= 4
                }
                guard sum.w > 0 else {
                    layer.append(Sample(value: 0, coverage: 0))
                    continue
                }
                let color = CanvasColor(red: sum.x / sum.w, green: sum.y / sum.w, blue: sum.z / sum.w)
                layer.append(
                    Sample(
                        value: [color.luma, color.blue, color.red][plane],
                        coverage: UInt8((sum.w * 255).rounded())))
            }
        }
        return layer
    }
}
