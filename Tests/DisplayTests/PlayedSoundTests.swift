import Display
import Media
import Testing

/// What was played reaches the observer on the display's thread, never on that of the sound.
@Suite struct PlayedSoundTests {
    /// By how much the samples of ``play(_:_:)`` grow in a millisecond: to it the clocks of the playout are right.
    private static let millisecondOfSamples = 48.0 / 10_000_000

    private func playout(_ log: PlayoutLog) -> Playout {
        let playout = Playout(observer: log)
        let start = MonotonicTime(nanoseconds: 0)
        playout.addAudioTrack(1, participant: "ann", sampleRate: 48_000, channels: 2, at: start)
        return playout
    }

    /// Sends and mixes so many blocks of 20 ms, whose samples count up.
    private func play(_ blocks: Range<Int>, _ playout: Playout) {
        var out = [Float](repeating: 0, count: 1920)
        for block in blocks {
            let time = MonotonicTime(nanoseconds: Int64(block) * 20 * millisecond)
            let samples = (0..<960).flatMap { index in
                let value = Float(block * 960 + index) / 10_000_000
                return [value, value]
            }
            playout.push(
                AudioFrame(sampleRate: 48_000, channels: 2, time: time, samples: samples), track: 1,
                ready: time + 20 * millisecond)
            out.withUnsafeMutableBufferPointer {
                playout.mix(
                    into: $0, channels: 2, now: time + 20 * millisecond, audibleAt: time + 80 * millisecond)
            }
        }
    }

    @Test func theObserverIsToldByTheDisplayOnly() throws {
        let log = PlayoutLog()
        let playout = playout(log)
        play(0..<50, playout)
        #expect(log.heard.isEmpty)
        _ = playout.presentDue(now: MonotonicTime(nanoseconds: second))
        #expect(log.heard.reduce(0) { $0 + $1.samples.count / 2 } > 30_000)
        // In order and none twice, and each sample is the one that was captured then.
        let captured = log.heard.map(\.captured)
        #expect(zip(captured, captured.dropFirst()).allSatisfy { $0 < $1 })
        let last = try #require(log.heard.last)
        let expected = Double(last.captured.nanoseconds) * 48_000 / 1e9 / 10_000_000
        #expect(abs(Double(try #require(last.samples.first)) - expected) < Self.millisecondOfSamples)
    }

    @Test func aDisplayThatHangsCostsNoMemoryAndItGoesOnLater() {
        let log = PlayoutLog()
        let playout = playout(log)
        play(0..<1000, playout)
        _ = playout.presentDue(now: MonotonicTime(nanoseconds: 20 * second))
        let samples = log.heard.reduce(0) { $0 + $1.samples.count }
        #expect(samples > 100_000 && samples <= 1 << 18)
        let before = log.heard.count
        play(1000..<1200, playout)
        _ = playout.presentDue(now: MonotonicTime(nanoseconds: 24 * second))
        #expect(log.heard.count - before > 100)
        let captured = log.heard.map(\.captured)
        #expect(zip(captured, captured.dropFirst()).allSatisfy { $0 < $1 })
    }
}
