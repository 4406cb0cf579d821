import App
import Testing

@Suite("When a tile has a name only")
struct TileTimesTests {
    private static let second: Int64 = 1_000_000

    /// Of somebody who is there from 10 s to 30 s; all in seconds.
    private func rest(_ pictures: [Range<Int64>]) -> [Range<Int64>] {
        func times(_ range: Range<Int64>, _ factor: (Int64) -> Int64) -> Range<Int64> {
            factor(range.lowerBound)..<factor(range.upperBound)
        }
        return TileTimes.rest(
            of: 10 * Self.second..<30 * Self.second,
            besides: pictures.map { times($0) { $0 * Self.second } }
        ).map { times($0) { $0 / Self.second } }
    }

    @Test func withoutPicturesItIsThereFromJoiningToLeaving() { #expect(rest([]) == [10..<30]) }

    @Test func picturesTakeItsPlace() {
        #expect(rest([10..<30]).isEmpty)
        #expect(rest([15..<20]) == [10..<15, 20..<30])
        #expect(rest([22..<25, 15..<20, 18..<19]) == [10..<15, 20..<22, 25..<30])
        #expect(rest([0..<12, 28..<40]) == [12..<28])
        #expect(rest([0..<5, 40..<50]) == [10..<30])
    }

    @Test func betweenJoiningAndTheFirstPictureNothingFlashes() {
        let pictures: [Range<Int64>] = [10_900_000..<29_500_000]
        #expect(TileTimes.rest(of: 10_000_000..<30_000_000, besides: pictures).isEmpty)
        // Somebody without pictures is shown all the same.
        #expect(TileTimes.rest(of: 0..<900_000, besides: []) == [0..<900_000])
        #expect(TileTimes.rest(of: 5..<5, besides: []).isEmpty)
    }
}
