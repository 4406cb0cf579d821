import Display
import Media
import Testing

@Suite struct OutputBufferLengthTests {
    private static let start = MonotonicTime(nanoseconds: 5 * second)

    private func at(_ seconds: Double) -> MonotonicTime { Self.start + Int64(seconds * 1e9) }

    @Test func itGrowsWhenItRanDryAndNoFurtherThanItsBound() {
        var buffer = OutputBufferLength(at: Self.start)
        #expect(buffer.length == OutputBufferLength.initial)
        let grew = buffer.ranDry(at: at(1))
        #expect(grew)
        #expect(buffer.length == OutputBufferLength.initial * 3 / 2)
        // The longer buffer is not full yet: the same event.
        let grewAgain = buffer.ranDry(at: at(1.05))
        #expect(!grewAgain)
        for event in 2..<20 { _ = buffer.ranDry(at: at(Double(event))) }
        #expect(buffer.length == OutputBufferLength.maximum)
        let grewBeyond = buffer.ranDry(at: at(30))
        #expect(!grewBeyond)
    }

    @Test func itShrinksInCalmButNotToWhatWasTooShort() {
        var buffer = OutputBufferLength(at: Self.start)
        for tenth in 0..<3000 { _ = buffer.review(at: at(Double(tenth) / 10)) }
        #expect(buffer.length == OutputBufferLength.minimum)
        _ = buffer.ranDry(at: at(300))
        #expect(buffer.length == 30 * millisecond)
        var steps: [Int64] = []
        for tenth in 3000..<8000 where buffer.review(at: at(Double(tenth) / 10)) {
            steps.append(buffer.length)
        }
        #expect(steps == [25 * millisecond])
        // After ten minutes what was too short is tried again.
        for tenth in 8000..<12_000 { _ = buffer.review(at: at(Double(tenth) / 10)) }
        #expect(buffer.length == OutputBufferLength.minimum)
    }
}
