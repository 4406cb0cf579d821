import Media
import MediaTesting
import Testing

@Suite("Time bases")
struct TimeBaseTests {
    @Test(arguments: [(0, 1), (1, 0), (-1, 90_000), (1, -1), (Int32.min, Int32.min)] as [(Int32, Int32)])
    func onlyPositiveFractionsExist(numerator: Int32, denominator: Int32) {
        #expect(TimeBase(numerator, denominator) == nil)
    }

    @Test func rescalingIsExactBetweenTheClocksInUse() {
        #expect(TimeBase.video.rescale(90_000, to: .nanoseconds) == 1_000_000_000)
        #expect(TimeBase.nanoseconds.rescale(20_000_000, to: .opus) == 960)
        #expect(TimeBase.opus.rescale(-312, to: .nanoseconds) == -6_500_000)
        #expect(TimeBase.video.rescale(3003, to: .microseconds) == 33_367)
    }

    @Test func halvesAreRoundedAwayFromZero() throws {
        let half = try #require(TimeBase(1, 2))
        let whole = try #require(TimeBase(1, 1))
        #expect([-3, -2, -1, 0, 1, 2, 3].map { half.rescale($0, to: whole) } == [-2, -1, -1, 0, 1, 1, 2])
    }

    @Test func resultsBeyondSixtyFourBitsAreClamped() throws {
        let slow = try #require(TimeBase(.max, 1))
        #expect(slow.rescale(.max, to: .nanoseconds) == .max)
        #expect(slow.rescale(.min, to: .nanoseconds) == .min)
        #expect(slow.rescale(-1 << 62, to: .nanoseconds) == .min)
        #expect(TimeBase.nanoseconds.rescale(.max, to: slow) == 4)
        #expect(TimeBase.nanoseconds.rescale(.min, to: slow) == -4)
    }

    @Test func theSmallestNumberSurvivesWhereItFits() throws {
        let same = try #require(TimeBase(2, 180_000))
        #expect(TimeBase.video.rescale(.min, to: .video) == .min)
        #expect(TimeBase.video.rescale(.min, to: same) == .min)
        #expect(TimeBase.video.rescale(.max, to: same) == .max)
    }

    /// Against the same sum in 128 bits, in which nothing here overflows.
    @Test func rescalingAgreesWithArithmeticInOneHundredAndTwentyEightBits() throws {
        var random = SeededGenerator(seed: 1)
        for round in 0..<20_000 {
            let shift = UInt64(round % 64)
            let ticks = Int64(truncatingIfNeeded: random.next()) >> Int64(shift)
            let parts = (0..<4).map { _ in
                Int32(truncatingIfNeeded: (random.next() >> 33) >> (random.next() % 31)) | 1
            }
            let from = try #require(TimeBase(parts[0], parts[1]))
            let to = try #require(TimeBase(parts[2], parts[3]))
            #expect(from.rescale(ticks, to: to) == reference(ticks, from, to), "\(ticks) of \(from) in \(to)")
        }
    }

    private func reference(_ ticks: Int64, _ from: TimeBase, _ to: TimeBase) -> Int64 {
        let up = Int128(from.numerator) * Int128(to.denominator)
        let down = Int128(from.denominator) * Int128(to.numerator)
        let magnitude = (Int128(ticks.magnitude) * up + down / 2) / down
        return Int64(clamping: ticks < 0 ? -magnitude : magnitude)
    }

    @Test func finerTicksComeBackUnchangedAfterDays() {
        for hours in [0, 15, 48, 24 * 365] as [Int64] {
            for offset in [0, 1, 2999, 89_999] as [Int64] {
                let ticks = hours * 3600 * 90_000 + offset
                let nanoseconds = TimeBase.video.rescale(ticks, to: .nanoseconds)
                #expect(TimeBase.nanoseconds.rescale(nanoseconds, to: .video) == ticks)
            }
        }
    }

    @Test func aTimeBaseIsWrittenAsAFraction() {
        #expect(TimeBase.video.description == "1/90000")
        #expect(TimeBase.video.seconds(45_000) == 0.5)
    }
}
