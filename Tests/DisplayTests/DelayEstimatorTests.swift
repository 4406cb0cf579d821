import Display
import Media
import Testing

@Suite struct DelayEstimatorTests {
    private var estimator = DelayEstimator(PlayoutConfiguration())
    private var now = MonotonicTime(nanoseconds: 50 * second)

    private mutating func observe(_ lateness: Int64, milliseconds: Int) {
        for _ in 0..<milliseconds / 20 {
            estimator.observe(lateness: lateness, at: now)
            now = now + 20 * millisecond
        }
    }

    @Test mutating func constantLatenessGivesThatPlusTheMargin() {
        observe(30 * millisecond, milliseconds: 30_000)
        #expect(estimator.delay == 40 * millisecond)
    }

    @Test mutating func delayRisesAtOnceWhenSomethingIsLate() {
        observe(30 * millisecond, milliseconds: 20_000)
        estimator.observe(lateness: 100 * millisecond, at: now)
        #expect(estimator.delay == 110 * millisecond)
    }

    @Test mutating func oneSpikeRaisesTheDelayByABoundedAmount() {
        observe(30 * millisecond, milliseconds: 20_000)
        let before = estimator.delay
        for lateness in stride(from: 2_000, through: 0, by: -50) {
            estimator.observe(lateness: Int64(lateness) * millisecond, at: now)
        }
        #expect(estimator.delay == before + 150 * millisecond)
    }

    @Test mutating func delayComesDownAgainAfterASpike() {
        observe(30 * millisecond, milliseconds: 20_000)
        estimator.observe(lateness: 400 * millisecond, at: now)
        let high = estimator.delay
        observe(30 * millisecond, milliseconds: 1_000)
        #expect(estimator.delay < high)
        #expect(estimator.delay > 40 * millisecond)
        observe(30 * millisecond, milliseconds: 60_000)
        #expect(estimator.delay == 40 * millisecond)
    }

    @Test mutating func latenessThatReturnsIsRemembered() {
        for _ in 0..<10 {
            observe(20 * millisecond, milliseconds: 1_980)
            observe(120 * millisecond, milliseconds: 20)
        }
        #expect(estimator.target == 130 * millisecond)
    }

    @Test mutating func delayStaysWithinItsBounds() {
        observe(-500 * millisecond, milliseconds: 60_000)
        #expect(estimator.delay == 20 * millisecond)
        observe(90 * second, milliseconds: 20_000)
        #expect(estimator.delay == 1_000 * millisecond)
    }

    @Test mutating func extremeTimesDoNotTrap() {
        estimator.observe(lateness: .max / 2, at: MonotonicTime(nanoseconds: 0))
        estimator.observe(lateness: .min / 2, at: MonotonicTime(nanoseconds: .max / 2))
        estimator.observe(lateness: 0, at: MonotonicTime(nanoseconds: 5))
        #expect(estimator.delay <= 1_000 * millisecond)
    }
}
