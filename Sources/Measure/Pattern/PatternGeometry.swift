/// Where the parts of a test pattern lie in a picture of a given size. All lengths in pixels.
package struct PatternGeometry {
    /// Number of cells: 32 bits of index, 32 of time code.
    package static let cellCount = 64

    package let width: Int
    package let height: Int

    /// Of a picture of `width` by `height` pixels.
    package init(width: Int, height: Int) {
        self.width = width
        self.height = height
    }

    /// Height of the row of cells.
    package var cellHeight: Int { max(height / 16, 1) }
    /// Rows of the black band in the middle.
    package var band: Range<Int> { height / 4..<height - height / 4 }
    /// Side of the square.
    package var squareSide: Int { height / 4 }

    /// Columns of a cell, counted from the left.
    package func columns(ofCell cell: Int) -> Range<Int> {
        cell * width / Self.cellCount..<(cell + 1) * width / Self.cellCount
    }

    /// Rows of the square.
    package var squareRows: Range<Int> {
        let top = (height - squareSide) / 2
        return top..<top + squareSide
    }

    /// Columns of the square; all columns where the picture is narrower than the square.
    package var squareColumns: Range<Int> {
        let side = min(squareSide, width)
        let left = (width - side) / 2
        return left..<left + side
    }
}
