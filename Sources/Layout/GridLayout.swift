/// Where the tiles of a meeting lie in a window.
///
/// All tiles of the grid have one size and, unless the window is tiny, an aspect of 16:9, as large as fits;
/// the last row is in the middle. With a focus, that tile is large and the others form a strip below it.
public struct GridLayout: Sendable, Hashable {
    /// Rectangles of the tiles, in their order.
    public let tiles: [PixelRect]

    private static let aspect = 16.0 / 9.0
    /// The smallest tile in which a face can be made out.
    private static let smallest = PixelSize(width: 160, height: 90)
    /// The most tiles that anybody looks at.
    private static let most = 49

    /// How many tiles there should be at most in a window of `size`; where one has the focus, how many in the strip below it.
    public static func capacity(of size: PixelSize, hasFocus: Bool = false, gap: Int = 8) -> Int {
        let height = hasFocus ? stripHeight(of: size.height) : size.height
        let columns = max((size.width - gap) / (smallest.width + gap), 1)
        let rows = max((height - gap) / (smallest.height + gap), 1)
        return min(columns * rows, most)
    }

    private static func stripHeight(of height: Int) -> Int { max(height / 6, 1) }

    /// Lays out `count` tiles in a window of `size`, `gap` pixels apart. A `focus` out of range is none.
    public init(count: Int, size: PixelSize, focus: Int? = nil, gap: Int = 8) {
        guard count > 0, size.width > 0, size.height > 0 else {
            tiles = []
            return
        }
        let window = PixelRect(x: 0, y: 0, width: size.width, height: size.height)
        if let focus, (0..<count).contains(focus), count > 1 {
            tiles = Self.focused(focus, count: count, in: window, gap: gap)
        } else {
            tiles = Self.grid(count: count, in: window, gap: gap)
        }
    }

    private static func grid(count: Int, in area: PixelRect, gap: Int) -> [PixelRect] {
        var best = PixelSize(width: 0, height: 0)
        var bestColumns = 1
        for columns in 1...count {
            let size = tileSize(columns: columns, rows: (count + columns - 1) / columns, in: area, gap: gap)
            if size.width * size.height > best.width * best.height {
                best = size
                bestColumns = columns
            }
        }
        let rows = (count + bestColumns - 1) / bestColumns
        let top = area.y + (area.height - rows * best.height - (rows - 1) * gap) / 2
        return (0..<count).map { index in
            let row = index / bestColumns
            let inRow = min(bestColumns, count - row * bestColumns)
            let left = area.x + (area.width - inRow * best.width - (inRow - 1) * gap) / 2
            return PixelRect(
                x: left + (index % bestColumns) * (best.width + gap), y: top + row * (best.height + gap),
                width: best.width, height: best.height)
        }
    }

    /// The largest tile of the aspect with so many in the area, a gap around each.
    private static func tileSize(columns: Int, rows: Int, in area: PixelRect, gap: Int) -> PixelSize {
        let width = max((area.width - (columns + 1) * gap) / columns, 1)
        let height = max((area.height - (rows + 1) * gap) / rows, 1)
        if Double(width) > Double(height) * aspect {
            return PixelSize(width: max(Int(Double(height) * aspect), 1), height: height)
        }
        return PixelSize(width: width, height: max(Int(Double(width) / aspect), 1))
    }

    private static func focused(_ focus: Int, count: Int, in window: PixelRect, gap: Int) -> [PixelRect] {
        let stripHeight = stripHeight(of: window.height)
        var large = window
        large.height = max(window.height - stripHeight, 1)
        var strip = window
        strip.y = large.height
        strip.height = stripHeight
        var others = grid(count: count - 1, in: strip, gap: gap).makeIterator()
        let main = grid(count: 1, in: large, gap: gap).first ?? large
        return (0..<count).map { index in
            index == focus ? main : others.next() ?? main
        }
    }
}
