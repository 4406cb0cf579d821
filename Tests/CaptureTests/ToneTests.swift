import Capture
import Measure
import Media
import Testing

@Suite struct ToneTests {
    @Test(arguments: [1, 2])
    func soundsInExactlyThoseHundredMilliseconds(channels: Int) throws {
        let clock = stillClock()
        let anchor = PatternAnchor(clock: clock)
        let frames = toneFrames(150, channels: channels, clock: clock)
        #expect(frames.count == 150)
        for frame in frames {
            #expect(frame.sampleCount == 960)
            let start = anchor.wallNanoseconds(at: frame.time)
            #expect(start % 1_000_000 == 0)
            for sample in 0..<960 {
                let wall = start + Int64(sample) * 1_000_000 / 48
                let isSounding = PatternAnchor.timeCode(wallNanoseconds: wall) % 1000 < 100
                // The zero crossings of the tone, twice in 48 samples, are silent as well.
                let isCrossing = sample % 24 == 0
                for channel in 0..<channels {
                    let value = frame.samples[sample * channels + channel]
                    #expect((abs(value) > 0.01) == (isSounding && !isCrossing))
                }
            }
        }
    }

    @Test func framesFollowEachOtherWithoutAGap() {
        let frames = toneFrames(100)
        for (a, b) in zip(frames, frames.dropFirst()) { #expect(b.time - a.time == 20_000_000) }
    }

    @Test func toneAndPatternOfOneAnchorAgree() throws {
        let clock = stillClock()
        let anchor = PatternAnchor(clock: clock)
        let stop = StopSignal()
        let pattern = try TestPattern(width: 64, height: 32, frameRate: 30, anchor: anchor, pacer: .immediate)
        let tone = ToneSource(anchor: anchor, pacer: .immediate)
        var flashes: [MonotonicTime] = []
        var wasFlashing = true
        for _ in 0..<100 {
            guard case .frame(let frame)? = pattern.next(stop) else { break }
            let isFlashing = TestPatternReader.read(frame)?.isFlashing ?? false
            if isFlashing, !wasFlashing { flashes.append(frame.time) }
            wasFlashing = isFlashing
        }
        var beeps: [MonotonicTime] = []
        var wasSounding = true
        for _ in 0..<170 {
            guard let frame = tone.next(stop) else { break }
            let isSounding = frame.samples.contains { $0 != 0 }
            if isSounding, !wasSounding { beeps.append(frame.time) }
            wasSounding = isSounding
        }
        #expect(flashes.count >= 3)
        #expect(Array(beeps.prefix(3)) == Array(flashes.prefix(3)))
    }

    @Test func aFrameIsDueWhenItsLastSampleIs() {
        let clock = stillClock()
        let log = DeadlineLog()
        let tone = ToneSource(
            anchor: PatternAnchor(clock: clock), pacer: Pacer { deadline, _ in log.append(deadline) })
        let frame = tone.next(StopSignal())
        #expect(log.deadlines == [frame.map { $0.time + 20_000_000 }])
    }
}
