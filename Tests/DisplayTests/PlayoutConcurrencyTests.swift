import Display
import Media
import Testing

@Suite struct PlayoutConcurrencyTests {
    @Test func decodersDisplayAndSoundCardWorkAtOnce() async throws {
        let log = PlayoutLog()
        let playout = Playout(observer: log)
        let start = MonotonicTime(nanoseconds: 10 * second)
        for track in 0..<4 {
            playout.addVideoTrack(UInt32(track), participant: "p\(track)", at: start)
            playout.addAudioTrack(
                UInt32(track + 10), participant: "p\(track)", sampleRate: 48_000, channels: 1, at: start)
        }
        let buffer = PixelBuffer(format: .gray, width: 2, height: 2)
        await withTaskGroup(of: Void.self) { group in
            for track in 0..<4 {
                group.addTask {
                    for index in 0..<500 {
                        let time = start + Int64(index) * 20 * millisecond
                        playout.push(
                            VideoFrame(
                                format: .gray, width: 2, height: 2, range: .full, time: time, buffer: buffer),
                            track: UInt32(track), ready: time + 20 * millisecond)
                        playout.push(
                            AudioFrame(
                                sampleRate: 48_000, channels: 1, time: time,
                                samples: [Float](repeating: 0.1, count: 960)),
                            track: UInt32(track + 10), ready: time + 20 * millisecond)
                    }
                }
            }
            group.addTask {
                var block = [Float](repeating: 0, count: 960)
                for index in 0..<1_000 {
                    let now = start + Int64(index) * 10 * millisecond
                    block.withUnsafeMutableBufferPointer {
                        playout.mix(into: $0, channels: 2, now: now, audibleAt: now + 20 * millisecond)
                    }
                }
            }
            group.addTask {
                for index in 0..<1_000 {
                    let now = start + Int64(index) * 10 * millisecond
                    _ = playout.presentDue(now: now)
                    _ = playout.nextDue(after: now)
                    _ = playout.statistics()
                    playout.addParticipant("p\(index % 4)", name: "\(index)")
                    _ = playout.roster()
                }
            }
        }
        _ = playout.presentDue(now: start + 1_000 * second)
        for track in 0..<4 {
            let statistics = try #require(playout.statistics(ofTrack: UInt32(track)))
            #expect(statistics.presented + statistics.skippedLate + statistics.dropped == 500)
        }
    }
}
