import Display
import Testing

@Suite struct ProgressLineTests {
    private func progress(
        _ position: Int64, of duration: Int64, speed: Double = 1, isPaused: Bool = false,
        isAtEnd: Bool = false, message: String? = nil
    ) -> ReplayProgress {
        ReplayProgress(
            position: position * 1_000_000, duration: duration * 1_000_000, speed: speed, isPaused: isPaused,
            isAtEnd: isAtEnd, message: message)
    }

    private func text(_ progress: ReplayProgress, typed: String? = nil, showsText: Bool = false) -> String? {
        ProgressLine(progress, typed: typed, showsText: showsText, width: 100).text
    }

    @Test func theLineIsShownOnlyWhereSomethingIsToBeSaid() {
        #expect(text(progress(5, of: 70)) == nil)
        #expect(text(progress(5, of: 70), showsText: true) == "00:05 / 01:10")
        #expect(text(progress(5, of: 70, isPaused: true)) == "00:05 / 01:10")
        #expect(text(progress(70, of: 70, isAtEnd: true)) == "01:10 / 01:10  end")
        #expect(text(progress(5, of: 70, speed: 1.5), showsText: true) == "00:05 / 01:10  1.5×")
        #expect(text(progress(3605, of: 7270), showsText: true) == "1:00:05 / 2:01:10")
        #expect(text(progress(5, of: 70), typed: "12:30") == "Go to 12:30")
        #expect(text(progress(5, of: 70, message: "too far")) == "too far")
    }

    @Test(
        arguments: [(0, 10, 0), (5, 10, 50), (10, 10, 100), (20, 10, 100), (-5, 10, 0), (5, 0, 0)]
            as [(Int64, Int64, Int)])
    func theBarIsFilledByTheShareThatIsOver(position: Int64, duration: Int64, filled: Int) {
        let line = ProgressLine(progress(position, of: duration), typed: nil, showsText: false, width: 100)
        #expect(line.filled == filled)
    }

    @Test func theSignOfAPauseIsShownWhilePausedOnly() {
        func isPaused(_ progress: ReplayProgress) -> Bool {
            ProgressLine(progress, typed: nil, showsText: true, width: 100).isPaused
        }
        #expect(isPaused(progress(1, of: 2, isPaused: true)))
        #expect(!isPaused(progress(1, of: 2)) && !isPaused(progress(2, of: 2, isPaused: true, isAtEnd: true)))
    }
}
