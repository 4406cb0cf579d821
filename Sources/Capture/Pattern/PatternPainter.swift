import Measure
internal import Media

/// Paints test patterns of one size. What moves is cut from strips that are painted once, so that a picture
/// costs little more than copying it.
struct PatternPainter {
    private static let black: UInt8 = 16
    private static let white: UInt8 = 235
    private static let neutral: UInt8 = 128
    /// Pixels that the bars move from one picture to the next; even, so that chroma moves by whole samples.
    private static let speed = 2

    private let width: Int
    private let height: Int
    private let geometry: PatternGeometry
    /// Rows twice as long as the picture's, to be cut at any offset of one period.
    private let bars: PatternStrip
    private let slope: PatternStrip

    init(width: Int, height: Int) {
        self.width = width
        self.height = height
        geometry = PatternGeometry(width: width, height: height)
        bars = PatternStrip(bars: width)
        slope = PatternStrip(slope: width)
    }

    /// A picture with that index and time code. `yuv420p`.
    func paint(index: UInt32, timeCode: UInt32) -> PixelBuffer {
        let buffer = PixelBuffer(format: .yuv420p, width: width, height: height)
        paintBackground(buffer, index: index)
        paintCells(buffer.planes[0], index: index, timeCode: timeCode)
        if PatternAnchor.isFlashing(timeCode: timeCode) {
            for row in geometry.squareRows {
                fill(buffer.planes[0], row, geometry.squareColumns, with: Self.white)
            }
        }
        return buffer
    }

    private func paintBackground(_ buffer: PixelBuffer, index: UInt32) {
        let chromaWidth = (width + 1) / 2
        for plane in 0..<3 {
            let isLuma = plane == 0
            let rows = isLuma ? height : (height + 1) / 2
            let length = isLuma ? width : chromaWidth
            for row in 0..<rows {
                // The luma row whose part of the picture this is. Chroma at an edge keeps to the neutral
                // side.
                let first = isLuma ? row : row * 2
                let last = isLuma ? row : min(row * 2 + 1, height - 1)
                guard first >= geometry.cellHeight, !geometry.band.contains(first),
                    !geometry.band.contains(last)
                else {
                    fill(buffer.planes[plane], row, 0..<length, with: isLuma ? Self.black : Self.neutral)
                    continue
                }
                let strip = first < geometry.band.lowerBound ? bars : slope
                // The slope leans: each pair of rows starts two pixels further.
                let lean = strip.isLeaning ? first / 2 * 2 : 0
                let offset = (Int(index % UInt32(strip.period)) * Self.speed + lean) % strip.period
                strip.copy(
                    plane: plane, offset: offset,
                    to: buffer.planes[plane].start + row * buffer.planes[plane].strideInBytes, count: length)
            }
        }
    }

    private func paintCells(_ plane: PixelBuffer.Plane, index: UInt32, timeCode: UInt32) {
        let bits = UInt64(index) << 32 | UInt64(timeCode)
        for cell in 0..<PatternGeometry.cellCount {
            let isSet = bits >> UInt64(PatternGeometry.cellCount - 1 - cell) & 1 == 1
            fill(plane, 0, geometry.columns(ofCell: cell), with: isSet ? Self.white : Self.black)
        }
        for row in 1..<geometry.cellHeight {
            (plane.start + row * plane.strideInBytes).copyMemory(from: plane.start, byteCount: width)
        }
    }

    private func fill(_ plane: PixelBuffer.Plane, _ row: Int, _ columns: Range<Int>, with value: UInt8) {
        // SAFETY: the geometry keeps rows and columns inside the picture.
        (plane.start + row * plane.strideInBytes + columns.lowerBound)
            .initializeMemory(as: UInt8.self, repeating: value, count: columns.count)
    }
}
