import Capture
import Media
import Testing

@Suite struct CaptureClockFillerTests {
    /// A sound card of 48 kHz that delivers 10 ms at a time into a filler.
    struct Card {
        var filler = GapFiller(sampleRate: 48_000)
        /// Seconds of the card's own clock for one of the machine's: 1 and some millionths.
        var skew = 1.0
        /// True capture time, nanoseconds.
        var now = 1_000_000_000.0
        var filled = 0
        var delivered = 0

        /// Captures 10 ms, delivered `delay` nanoseconds late.
        mutating func capture(delay: Double = 0, isFresh: Bool = true) {
            now += 10_000_000 / skew
            let arrival = MonotonicTime(nanoseconds: Int64(now + delay))
            filled += filler.accept(480, arrival: arrival, isFresh: isFresh)
            delivered += 480
        }

        mutating func lose(milliseconds: Double) { now += milliseconds * 1_000_000 }

        /// What the filler believes of the time of its newest sample, less the truth, nanoseconds.
        var error: Double { Double(filler.time(ofSample: filler.position).nanoseconds) - now }
    }

    @Test func steadySoundIsNotTouched() {
        var card = Card()
        for _ in 0..<10_000 { card.capture() }
        #expect(card.filled == 0)
        #expect(abs(card.error) < 1000)
    }

    @Test(arguments: [50.0, 100, 500, 2000])
    func lostSoundBecomesAsMuchSilence(milliseconds: Double) {
        var card = Card()
        for _ in 0..<100 { card.capture() }
        card.lose(milliseconds: milliseconds)
        for _ in 0..<100 { card.capture() }
        #expect(abs(card.filled - Int(milliseconds * 48)) <= 48)
        #expect(abs(card.error) < 2_000_000)
        #expect(card.filler.filledSamples == Int64(card.filled))
        #expect(card.filler.position == Int64(card.delivered + card.filled))
    }

    @Test func repeatedSmallLossesAddUp() {
        var card = Card()
        for _ in 0..<20 {
            for _ in 0..<50 { card.capture() }
            card.lose(milliseconds: 30)
        }
        for _ in 0..<100 { card.capture() }
        #expect(abs(card.error) < 20_000_000)
        #expect(abs(card.filled - 20 * 30 * 48) < 20 * 48)
    }

    @Test(arguments: [-300.0, -50, 50, 300])
    func aCardThatIsFastOrSlowIsFollowedWithoutSilence(partsPerMillion: Double) {
        var card = Card(skew: 1 + partsPerMillion / 1_000_000)
        for _ in 0..<360_000 { card.capture() }
        #expect(card.filled == 0)
        // The offset lags by the drift during 64 arrivals: 300 ppm of 0.64 s.
        #expect(abs(card.error) < 250_000)
    }

    @Test func jitterOfTheArrivalMovesNothing() {
        var card = Card()
        var state: UInt64 = 1
        for _ in 0..<5000 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            card.capture(delay: Double(state >> 33 % 10_000) * 1000)
        }
        #expect(card.filled == 0)
        #expect(abs(card.error) < 10_000_000)
    }

    @Test func aReaderThatWasLateAndCatchesUpLosesNothing() {
        var card = Card()
        for _ in 0..<100 { card.capture() }
        // 400 ms during which nobody read: the first packet waited, the others lay ready.
        for packet in 0..<40 { card.capture(delay: Double(39 - packet) * 10_000_000, isFresh: packet == 0) }
        for _ in 0..<100 { card.capture() }
        #expect(card.filled == 0)
    }

    @Test func soundThatLiesReadyTellsNothing() {
        var card = Card()
        for _ in 0..<100 { card.capture() }
        // A backlog that is never quite used up.
        for _ in 0..<100 { card.capture(delay: 150_000_000, isFresh: false) }
        #expect(card.filled == 0)
    }

    @Test func timeNeverRunsBackwards() {
        var card = Card()
        var last = card.filler.time(ofSample: 0)
        for packet in 0..<1000 {
            card.capture(delay: packet < 10 ? 15_000_000 : 0)
            if packet == 500 { card.lose(milliseconds: 300) }
            let time = card.filler.time(ofSample: card.filler.position)
            if packet > 0 { #expect(time > last) }
            last = time
        }
    }
}
