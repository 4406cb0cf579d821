import App
import Testing

@Suite struct TileRequestTests {
    /// A track of 720 lines whose smaller size has 360.
    @Test(arguments: [
        (720, false), (704, false), (584, false), (480, false), (479, true), (353, true), (100, true),
        (0, true),
    ])
    func smallerSizeIsWantedWhereItIsHardlyStretched(tile: Int, isSmall: Bool) {
        let height = TileRequest.maximumHeight(tile: tile, maximum: 16_384)
        #expect((height < 720) == isSmall)
        #expect(height >= 1)
    }

    @Test func whatTheViewerAllowsHoldsForEveryTile() {
        #expect(TileRequest.maximumHeight(tile: 704, maximum: 400) == 400)
        #expect(TileRequest.maximumHeight(tile: 16_384, maximum: 16_384) == 16_384)
    }
}
