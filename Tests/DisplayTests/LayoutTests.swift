import Layout
import Testing

@Suite struct LayoutTests {
    static let sizes = [
        PixelSize(width: 1280, height: 720), PixelSize(width: 1920, height: 1200),
        PixelSize(width: 400, height: 900),
        PixelSize(width: 320, height: 180), PixelSize(width: 3840, height: 400),
    ]

    private func overlap(_ a: PixelRect, _ b: PixelRect) -> Bool {
        a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height
    }

    private func isInside(_ rect: PixelRect, _ size: PixelSize) -> Bool {
        rect.x >= 0 && rect.y >= 0 && rect.x + rect.width <= size.width && rect.y + rect.height <= size.height
    }

    @Test(arguments: sizes) func tilesLieInTheWindowAndApart(size: PixelSize) {
        for count in 1...20 {
            for focus in [nil, 0, count - 1, count + 3] {
                let tiles = GridLayout(count: count, size: size, focus: focus, gap: 4).tiles
                #expect(tiles.count == count)
                #expect(tiles.allSatisfy { isInside($0, size) && $0.width > 0 && $0.height > 0 })
                for first in tiles.indices {
                    for second in tiles.indices where second > first {
                        #expect(!overlap(tiles[first], tiles[second]))
                    }
                }
            }
        }
    }

    @Test(arguments: sizes) func tilesOfTheGridAreEqualAndWide(size: PixelSize) throws {
        for count in 1...20 {
            let tiles = GridLayout(count: count, size: size, gap: 4).tiles
            let first = try #require(tiles.first)
            #expect(tiles.allSatisfy { $0.size == first.size })
            let ideal = Double(first.height) * 16 / 9
            #expect(abs(Double(first.width) - ideal) <= 2)
        }
    }

    @Test func gridIsAsLargeAsItCanBe() {
        let wide = PixelSize(width: 1280, height: 720)
        #expect(
            GridLayout(count: 1, size: wide, gap: 0).tiles == [
                PixelRect(x: 0, y: 0, width: 1280, height: 720)
            ])
        #expect(
            GridLayout(count: 4, size: wide, gap: 0).tiles.first?.size == PixelSize(width: 640, height: 360))
        #expect(
            GridLayout(count: 9, size: wide, gap: 0).tiles.first?.size == PixelSize(width: 426, height: 239))
        let tall = GridLayout(count: 3, size: PixelSize(width: 360, height: 900), gap: 0).tiles
        #expect(Set(tall.map(\.x)) == [0])
    }

    @Test(arguments: sizes) func noTileOfAFullPageIsTooSmallToSeeAFace(size: PixelSize) {
        let grid = GridLayout(count: GridLayout.capacity(of: size, gap: 4), size: size, gap: 4).tiles
        #expect(grid.allSatisfy { $0.width >= 156 && $0.height >= 88 })
        let strip = GridLayout.capacity(of: size, hasFocus: true, gap: 4)
        #expect(strip >= 1 && strip <= grid.count)
    }

    @Test func focusedTileIsTheLargest() {
        let tiles = GridLayout(count: 6, size: PixelSize(width: 1280, height: 720), focus: 2).tiles
        #expect(tiles.indices.allSatisfy { $0 == 2 || tiles[$0].width * 3 < tiles[2].width })
    }

    @Test func windowsWithoutRoomDoNotTrap() {
        for width in [0, 1, 3, 17] {
            for height in [0, 1, 2, 40] {
                for count in [0, 1, 7, 1_000] {
                    _ = GridLayout(count: count, size: PixelSize(width: width, height: height), focus: 1)
                }
            }
        }
    }

    @Test func letterboxKeepsTheAspectInTheMiddle() {
        let tile = PixelRect(x: 10, y: 20, width: 640, height: 360)
        #expect(tile.letterbox(width: 320, height: 240) == PixelRect(x: 90, y: 20, width: 480, height: 360))
        #expect(tile.letterbox(width: 1280, height: 360) == PixelRect(x: 10, y: 110, width: 640, height: 180))
        #expect(tile.letterbox(width: 638, height: 360) == tile)
    }

    @Test func picturesFitTheirTileInEvenSizes() {
        let tile = PixelSize(width: 427, height: 241)
        #expect(tile.fitting(width: 1280, height: 720) == PixelSize(width: 426, height: 240))
        #expect(tile.fitting(width: 480, height: 640) == PixelSize(width: 180, height: 240))
        #expect(tile.fitting(width: 1, height: 10_000) == PixelSize(width: 2, height: 240))
        #expect(PixelSize(width: 1, height: 1).fitting(width: 4, height: 3) == PixelSize(width: 2, height: 2))
    }
}
