import Display
import Media
import Testing

@Suite struct NullAudioOutputTests {
    @Test func soundIsTakenAtWallPace() async throws {
        let log = PlayoutLog()
        let playout = Playout(observer: log)
        let start = MediaClock.system.now()
        playout.addAudioTrack(1, participant: "ann", sampleRate: 48_000, channels: 1, at: start)
        let frame = AudioFrame(
            sampleRate: 48_000, channels: 1, time: start, samples: [Float](repeating: 0.1, count: 48_000))
        playout.push(frame, track: 1, ready: start)
        let output = NullAudioOutput(playout: playout)
        try output.start()
        try output.start()
        while log.heard.count < 20 {
            _ = playout.presentDue(now: MediaClock.system.now())
            await Task.yield()
        }
        output.stop()
        output.stop()
        let heard = log.heard
        let first = try #require(heard.first)
        let last = try #require(heard.last)
        let wall = last.audibleAt - first.audibleAt
        let media = last.captured - first.captured
        #expect(abs(wall - media) < 20 * millisecond)
        #expect(wall > 150 * millisecond)
    }

    @Test func audibleTimesAreSmoothedAgainstTheJitterOfTheCalls() {
        var clock = OutputClock()
        var random = SeededGenerator(seed: 3)
        var previous: MonotonicTime?
        for block in 0..<500 {
            let jitter = Int64.random(in: 0...8, using: &random) * millisecond
            let now = MonotonicTime(nanoseconds: Int64(block) * 10 * millisecond + jitter)
            let audible = clock.audibleAt(now: now, latency: 20 * millisecond, duration: 10 * millisecond)
            if let previous { #expect(abs(audible - previous - 10 * millisecond) < millisecond / 2) }
            previous = audible
        }
    }
}
