import App
import Media
import Testing

@Suite("Lateness gate")
struct LatenessGateTests {
    private let asked = MonotonicTime(nanoseconds: 100_000_000_000)
    private static let second: Int64 = 1_000_000_000

    private func isDecoded(
        _ gate: inout LatenessGate, captured: Int64, now: Int64, isKeyframe: Bool = false
    ) -> Bool {
        let decision = gate.decide(captured: asked + captured, isKeyframe: isKeyframe, now: asked + now)
        if case .decode = decision { return true }
        return false
    }

    @Test func theBurstOfALateJoinerPasses() {
        var gate = LatenessGate(asked: asked)
        for picture in 0..<100 {
            #expect(isDecoded(&gate, captured: (Int64(picture) - 100) * Self.second / 10, now: 0))
        }
    }

    @Test func whatIsTooLateIsSkippedUpToAKeyframeThatIsNot() {
        var gate = LatenessGate(asked: asked)
        let second = Self.second
        #expect(isDecoded(&gate, captured: second, now: second * 2))
        #expect(!isDecoded(&gate, captured: second * 2, now: second * 4))
        #expect(
            !isDecoded(&gate, captured: second * 3, now: second * 4), "refers to pictures that were skipped")
        #expect(!isDecoded(&gate, captured: second * 3, now: second * 6, isKeyframe: true), "a late keyframe")
        #expect(isDecoded(&gate, captured: second * 6, now: second * 6, isKeyframe: true))
        #expect(isDecoded(&gate, captured: second * 7, now: second * 7))
    }

    @Test func aKeyframeIsAskedForOnce() {
        var gate = LatenessGate(asked: asked)
        var requests = 0
        for picture in 1...5 {
            let decision = gate.decide(
                captured: asked + Int64(picture), isKeyframe: false, now: asked + 10 * Self.second)
            if case .skip(asksForKeyframe: true) = decision { requests += 1 }
        }
        #expect(requests == 1)
    }
}
