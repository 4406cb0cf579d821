import Display
import Foundation
import Media
import Testing

@Suite struct PlayoutAudioTests {
    @Test func soundThatComesTooLateIsAnUnderrun() {
        let meeting = Meeting(video: false)
        meeting.audioLateness = { $0 == 200 ? 150 * millisecond : 5 * millisecond }
        meeting.run(milliseconds: 10_000)
        #expect(meeting.audio?.underruns == 1)
        #expect(meeting.audio?.gaps == 0)
    }

    @Test func soundThatWasNeverSentIsAGapAndNotAnUnderrun() {
        let meeting = Meeting(video: false)
        meeting.audioLateness = { (200..<400).contains($0) ? nil : 5 * millisecond }
        meeting.run(milliseconds: 12_000)
        #expect(meeting.audio?.underruns == 0)
        #expect(meeting.audio?.gaps == 1)
    }

    @Test func aLostFrameLeavesSilenceAndKeepsTheTime() throws {
        let meeting = Meeting(video: false)
        meeting.audioLateness = { (200..<202).contains($0) ? nil : 60 * millisecond }
        meeting.run(milliseconds: 10_000)
        let pulses = meeting.log.pulses(after: meeting.start + 5 * second)
        #expect(meeting.audio?.gaps == 1)
        for (first, next) in zip(pulses, pulses.dropFirst()) {
            #expect(abs(next - first - second) < 10 * millisecond)
        }
    }

    @Test func muteSilencesTheSumAndKeepsReading() {
        let meeting = Meeting(video: false)
        meeting.audioLateness = { _ in nil }
        meeting.playout.isMuted = true
        for index in 0..<40 {
            let time = meeting.now + -20 * millisecond
            meeting.playout.push(meeting.sound(at: time), track: Meeting.audioTrack, ready: meeting.now)
            meeting.run(milliseconds: 20)
            #expect(meeting.block.allSatisfy { $0 == 0 }, "block \(index)")
        }
        #expect(!meeting.log.heard.isEmpty)
        meeting.playout.isMuted = false
        meeting.run(milliseconds: 11)
        #expect(meeting.block.contains { $0 != 0 })
    }

    @Test func soundThatIsAsLateAsCanBeIsSkipped() {
        var stream = AudioStream(sampleRate: 48_000, channels: 1, maximumQueued: second)
        let target = MonotonicTime(nanoseconds: second)
        stream.push(
            AudioFrame(
                sampleRate: 48_000, channels: 1, time: target + Int64.min,
                samples: [Float](repeating: 0.5, count: 960)))
        var out = [Float](repeating: 1, count: 480)
        let played = out.withUnsafeMutableBufferPointer {
            stream.render(into: $0, frames: 480, rate: 48_000, target: target)
        }
        #expect(played == nil && stream.skipped == 960 && out.allSatisfy { $0 == 0 })
    }

    @Test func soundQueueIsBounded() {
        let meeting = Meeting(video: false)
        for index in 0..<500 {
            let time = meeting.now + Int64(index) * 20 * millisecond
            meeting.playout.push(meeting.sound(at: time), track: Meeting.audioTrack, ready: time)
        }
        #expect(meeting.audio?.queued == 96_000)
        #expect(meeting.audio?.dropped == 384_000)
    }

    @Test func aFrameLongerThanTheQueueKeepsItsEnd() {
        let meeting = Meeting(video: false)
        meeting.playout.push(
            meeting.sound(at: meeting.now, samples: 480_000), track: Meeting.audioTrack, ready: meeting.now)
        #expect(meeting.audio?.queued == 96_000)
    }

    @Test func pictureQueueIsBoundedAndKeepsTheOldestAndTheNewest() {
        var configuration = PlayoutConfiguration()
        configuration.maximumVideoFrames = 12
        let meeting = Meeting(configuration: configuration, audio: false)
        for index in 0..<100 {
            let time = meeting.now + Int64(index) * 33 * millisecond
            meeting.playout.push(meeting.picture(at: time), track: Meeting.videoTrack, ready: meeting.now)
        }
        #expect(meeting.video?.queued == 12)
        #expect(meeting.video?.dropped == 88)
        let first = meeting.playout.presentDue(now: meeting.now + meeting.delay)[Meeting.videoTrack]
        #expect(first?.time == meeting.now)
        let last = meeting.playout.presentDue(now: meeting.now + 10 * second)[Meeting.videoTrack]
        #expect(last?.time == meeting.now + 99 * 33 * millisecond)
    }

    @Test(arguments: [(44_100, 1), (44_100, 2), (48_000, 2), (16_000, 1), (96_000, 6)])
    func everyRateIsPlayedAtItsPitch(rate: Int, channels: Int) throws {
        let log = PlayoutLog()
        let playout = Playout(observer: log)
        let start = MonotonicTime(nanoseconds: 77 * second)
        playout.addAudioTrack(5, participant: "ann", sampleRate: rate, channels: channels, at: start)
        let length = rate / 50
        var block = [Float](repeating: 0, count: 960)
        for frame in 0..<200 {
            let samples = (0..<length).flatMap { index in
                let phase = 2 * Double.pi * 1_000 * Double(frame * length + index) / Double(rate)
                return [Float](repeating: Float(sin(phase)) * 0.5, count: channels)
            }
            let time = start + Int64(frame) * 20 * millisecond
            playout.push(
                AudioFrame(sampleRate: rate, channels: channels, time: time, samples: samples), track: 5,
                ready: time + 20 * millisecond)
            for half in 0..<2 {
                let now = time + (20 + Int64(half) * 10) * millisecond
                block.withUnsafeMutableBufferPointer {
                    playout.mix(into: $0, channels: 2, now: now, audibleAt: now + 20 * millisecond)
                }
                _ = playout.presentDue(now: now)
            }
        }
        let played = log.heard.flatMap { stretch in
            stride(from: 0, to: stretch.samples.count, by: stretch.channels).map { stretch.samples[$0] }
        }.dropFirst(48_000).prefix(96_000)
        let crossings = zip(played, played.dropFirst()).count { $0 < 0 && $1 >= 0 }
        #expect(played.count == 96_000)
        // The rate may be off by half a percent while the delay settles.
        #expect((1_988...2_012).contains(crossings))
        // At 48 samples a period the greatest lies within 3.75 degrees of the peak: cos(3.75°) = 0.998.
        let peak = played.max() ?? 0
        #expect(peak > 0.49 && peak < 0.51)
        #expect(playout.statistics(ofTrack: 5)?.underruns == 0)
    }

    @Test func manyLoudSpeakersStayWithinFullScale() {
        let playout = Playout()
        let start = MonotonicTime(nanoseconds: 9 * second)
        for track in 1...10 {
            playout.addAudioTrack(
                UInt32(track), participant: "p\(track)", sampleRate: 48_000, channels: 1, at: start)
            let frame = AudioFrame(
                sampleRate: 48_000, channels: 1, time: start, samples: [Float](repeating: 0.9, count: 9_600))
            playout.push(frame, track: UInt32(track), ready: start)
        }
        var block = [Float](repeating: 0, count: 2 * 4_800)
        block.withUnsafeMutableBufferPointer {
            playout.mix(
                into: $0, channels: 2, now: start + 60 * millisecond, audibleAt: start + 80 * millisecond)
        }
        #expect(block.allSatisfy { abs($0) <= 1 })
        #expect((block.max() ?? 0) > 0.9)
    }

    @Test func soundBeginsAndEndsSoftly() {
        let meeting = Meeting(video: false)
        meeting.audioLateness = { _ in nil }
        var sum: [Float] = []
        meeting.playout.push(
            meeting.sound(at: meeting.now, samples: 9_600, value: 0.5), track: Meeting.audioTrack,
            ready: meeting.now)
        for _ in 0..<40 {
            meeting.run(milliseconds: 10)
            sum += stride(from: 0, to: 960, by: 2).map { meeting.block[$0] }
        }
        let steps = zip(sum, sum.dropFirst()).map { abs($1 - $0) }
        #expect(sum.contains { $0 > 0.49 })
        #expect(steps.allSatisfy { $0 < 0.01 })
        #expect(sum.last == 0)
    }

    @Test func soundWithoutPausesReachesALongerDelayWithoutBreaks() {
        let meeting = Meeting(audio: true)
        meeting.audioLateness = { _ in nil }
        for index in 0..<1_500 {
            let time = meeting.now + -20 * millisecond
            meeting.playout.push(
                meeting.sound(at: time, value: 0.3), track: Meeting.audioTrack, ready: meeting.now)
            if index == 300 { meeting.videoLateness = { _ in 150 * millisecond } }
            meeting.run(milliseconds: 20)
            if index > 20 { #expect(meeting.block.allSatisfy { $0 > 0.29 }, "block \(index)") }
        }
        #expect(abs((meeting.log.heard.last?.delay ?? 0) - meeting.delay) < 15 * millisecond)
        #expect(meeting.delay > 140 * millisecond)
    }

    @Test func aParticipantThatLeavesIsForgotten() {
        let meeting = Meeting()
        meeting.run(milliseconds: 500)
        meeting.playout.addParticipant("bob", name: "Bob")
        meeting.playout.removeParticipant("ann")
        let shown = meeting.log.shown.count
        let heard = meeting.log.heard.count
        meeting.run(milliseconds: 500)
        #expect(meeting.log.shown.count == shown)
        #expect(meeting.log.heard.count == heard)
        #expect(meeting.playout.statistics().isEmpty)
        #expect(meeting.playout.delay(ofParticipant: "ann") == nil)
        let left = meeting.playout.roster()
        #expect(
            left.map(\.id) == ["bob"] && left.allSatisfy(\.isWatcher), "who sends nothing watches: \(left)")
    }

    @Test func anotherSampleRateInTheMiddleIsPlayedOn() {
        let meeting = Meeting(video: false)
        meeting.audioLateness = { _ in nil }
        let frame = AudioFrame(
            sampleRate: 44_100, channels: 2, time: meeting.now,
            samples: [Float](repeating: 0.1, count: 88_200))
        meeting.playout.push(meeting.sound(at: meeting.now), track: Meeting.audioTrack, ready: meeting.now)
        meeting.playout.push(frame, track: Meeting.audioTrack, ready: meeting.now)
        meeting.run(milliseconds: 500)
        #expect(meeting.log.heard.count > 30)
    }
}
