import App
import Display
import Layout
import Media
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

    private func at(_ milliseconds: Int64) -> MonotonicTime {
        MonotonicTime(nanoseconds: milliseconds * 1_000_000)
    }

    @Test func whatCannotBeSeenIsPausedAndComesBackAtOnce() {
        var request = TileRequest(maximumHeight: 1000)
        var tiles: [UInt32: TileState] = [:]
        func set(_ track: UInt32, _ height: Int, _ isShown: Bool) {
            tiles[track] = TileState(
                size: PixelSize(width: height * 16 / 9, height: height), isShown: isShown)
        }
        func review(_ time: Int64) -> TileRequest.Changes {
            request.review([1, 2, 3], now: at(time)) { tiles[$0] }
        }
        #expect(review(0) == TileRequest.Changes())
        set(1, 200, true)
        set(2, 200, false)
        // All are sent at first: what is hidden from the beginning is paused too.
        #expect(review(4) == TileRequest.Changes(wanted: [300: [1]], unwanted: [2]))
        #expect(review(8) == TileRequest.Changes())
        set(1, 200, false)
        set(2, 100, true)
        #expect(review(12) == TileRequest.Changes(wanted: [150: [2]], unwanted: [1], resumed: [2]))
        set(1, 200, true)
        #expect(review(16) == TileRequest.Changes(wanted: [300: [1]], resumed: [1]))
    }

    @Test func sizesAreToldTwiceASecondAtMost() {
        var request = TileRequest(maximumHeight: 1000)
        var told: [Int] = []
        for step in 0..<300 as Range<Int64> {
            let size = PixelSize(width: 320, height: 100 + Int(step))
            let changes = request.review([1], now: at(step * 10)) { _ in TileState(size: size, isShown: true)
            }
            told += changes.wanted.keys
        }
        #expect(told.count == 6 && told == told.sorted())
        #expect(request.review([], now: at(4000)) { _ in nil } == TileRequest.Changes())
    }

    @Test func whatTheViewerAllowsHoldsForEveryTile() {
        #expect(TileRequest.maximumHeight(tile: 704, maximum: 400) == 400)
        #expect(TileRequest.maximumHeight(tile: 16_384, maximum: 16_384) == 16_384)
    }
}
