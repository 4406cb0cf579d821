import Display
import Media
import Testing

@Suite struct PlayoutTimingTests {
    /// Offsets of the pulse to the picture of the same instant, nanoseconds.
    private func offsets(_ meeting: Meeting, after start: MonotonicTime) -> [Int64] {
        let shown = meeting.log.shown
        return meeting.log.pulses(after: start).compactMap { pulse in
            shown.filter { $0.captured.nanoseconds % second == 0 }
                .map { pulse - $0.at }.min { abs($0) < abs($1) }
        }
    }

    @Test func soundAndPictureAgreeWithinFiveMilliseconds() {
        let meeting = Meeting()
        meeting.run(milliseconds: 20_000)
        let found = offsets(meeting, after: meeting.start + 5 * second)
        #expect(found.count >= 13)
        #expect(found.allSatisfy { abs($0) <= 5 * millisecond })
        #expect(meeting.audio?.underruns == 0)
        #expect(meeting.video?.skippedLate == 0)
    }

    @Test func soundAndPictureAgreeUnderJitter() {
        var random = SeededGenerator(seed: 7)
        let audio = (0..<5_000).map { _ in Int64.random(in: 0...40, using: &random) * millisecond }
        let video = (0..<5_000).map { _ in Int64.random(in: 10...70, using: &random) * millisecond }
        let meeting = Meeting()
        meeting.audioLateness = { audio[$0] }
        meeting.videoLateness = { video[$0] }
        meeting.run(milliseconds: 60_000)
        let found = offsets(meeting, after: meeting.start + 20 * second)
        #expect(found.count >= 38)
        #expect(found.allSatisfy { abs($0) <= 5 * millisecond })
        #expect((meeting.audio?.underruns ?? 99) <= 2)
        // Lateness is at most 90 ms for sound (frame, jitter, the card's 30 ms), and the margin is 10.
        #expect(meeting.delay <= 110 * millisecond)
    }

    @Test func everyPictureIsShownOnceInOrder() {
        let meeting = Meeting()
        meeting.run(milliseconds: 10_000)
        let times = meeting.log.shown.map(\.captured)
        #expect(times.count >= 297)
        #expect(zip(times, times.dropFirst()).allSatisfy { $0 < $1 })
        #expect(meeting.video?.presented == times.count)
    }

    @Test func driftOfTwoHundredPartsPerMillionIsFollowedWithoutJumps() throws {
        for drift in [200.0, -200.0] {
            let meeting = Meeting()
            meeting.drift = drift
            meeting.run(milliseconds: 180_000)
            let audio = try #require(meeting.audio)
            #expect(audio.underruns == 0)
            #expect(audio.gaps == 0)
            #expect(audio.skippedLate == 0)
            #expect(audio.dropped == 0)
            let heard = meeting.log.heard.dropFirst(1_000)
            let steps = zip(heard, heard.dropFirst()).map { $1.delay - $0.delay }
            #expect(steps.allSatisfy { abs($0) < 2 * millisecond })
            let delays = heard.suffix(1_000).map(\.delay)
            #expect(delays.allSatisfy { abs($0 - meeting.delay) < 5 * millisecond })
            let found = offsets(meeting, after: meeting.start + 150 * second)
            #expect(found.count >= 28)
            #expect(found.allSatisfy { abs($0) <= 5 * millisecond })
        }
    }

    @Test func pauseInTheSoundBringsItToALongerDelayAtOnce() {
        let meeting = Meeting()
        meeting.videoLateness = { $0 < 300 ? 20 * millisecond : 150 * millisecond }
        meeting.run(milliseconds: 15_000)
        let found = offsets(meeting, after: meeting.start + 11_500 * millisecond)
        #expect(found.count >= 3)
        #expect(found.allSatisfy { abs($0) <= 5 * millisecond })
        #expect(meeting.audio?.underruns == 0)
    }

    @Test func delayReturnsAfterAStall() {
        let meeting = Meeting()
        meeting.audioLateness = { (500..<505).contains($0) ? 300 * millisecond : 5 * millisecond }
        meeting.videoLateness = { (300..<303).contains($0) ? 300 * millisecond : 20 * millisecond }
        meeting.run(milliseconds: 9_900)
        let before = meeting.delay
        meeting.run(milliseconds: 1_100)
        #expect(meeting.delay > before + 50 * millisecond)
        meeting.run(milliseconds: 60_000)
        #expect(meeting.delay <= before + 5 * millisecond)
        let last = meeting.log.heard.last?.delay ?? 0
        #expect(abs(last - meeting.delay) <= 5 * millisecond)
    }

    @Test func burstOfALateJoinShowsTheNewestAndLeavesTheDelayAlone() {
        let meeting = Meeting(audio: false)
        meeting.videoLateness = { _ in nil }
        meeting.run(milliseconds: 10)
        for index in 0..<60 {
            let time = meeting.now + (Int64(index) * 33 - 2_000) * millisecond
            meeting.playout.push(meeting.picture(at: time), track: Meeting.videoTrack, ready: meeting.now)
        }
        let newestDue = meeting.now + (59 * 33 - 2_000) * millisecond
        let due = meeting.playout.presentDue(now: meeting.now)
        #expect(meeting.delay == 60 * millisecond)
        #expect(
            due[Meeting.videoTrack].map { $0.time <= newestDue && newestDue - $0.time < 70 * millisecond }
                == true)
        #expect((meeting.video?.queued ?? 99) <= 2)
        meeting.videoLateness = { _ in 20 * millisecond }
        meeting.run(milliseconds: 2_000)
        #expect(meeting.delay <= 60 * millisecond)
    }

    @Test func picturesCapturedWhileABurstIsDecodedDoNotRaiseTheDelay() {
        let meeting = Meeting(audio: false)
        // 300 ms of decoding: what is captured meanwhile is ready ever less late, then as late as it stays.
        for index in 0..<30 {
            let late = max(300 - Int64(index) * 28, 15)
            let time = meeting.now + Int64(index) * 33 * millisecond
            meeting.playout.push(
                meeting.picture(at: time + -33 * millisecond), track: Meeting.videoTrack,
                ready: time + (late - 33) * millisecond)
        }
        #expect(meeting.delay <= 60 * millisecond)
    }

    @Test func picturesGoByTheNominalDelayWithoutSound() {
        let meeting = Meeting(audio: false)
        meeting.run(milliseconds: 40_000)
        let delays = meeting.log.shown.suffix(100).map(\.delay)
        // Pictures are captured between the whole milliseconds at which they are delivered.
        #expect((30 * millisecond...31 * millisecond).contains(meeting.delay))
        #expect(delays.allSatisfy { abs($0 - meeting.delay) <= 1 * millisecond })
    }

    @Test func nonsensicalCaptureTimesNeitherTrapNorHoldUpWhatFollows() {
        let meeting = Meeting()
        let (audioLateness, videoLateness) = (meeting.audioLateness, meeting.videoLateness)
        meeting.audioLateness = { _ in nil }
        meeting.videoLateness = { _ in nil }
        // From now on sound has to be ready some time before it is heard.
        meeting.run(milliseconds: 20)
        let offsets: [Int64] = [.min, .min + 1, .min / 2, .max / 2, .max - 1, .max]
        for offset in offsets {
            for time in [meeting.now + offset, meeting.now, MonotonicTime(nanoseconds: offset)] {
                for _ in 0..<2 {
                    meeting.playout.push(
                        meeting.picture(at: time), track: Meeting.videoTrack, ready: meeting.now)
                    meeting.playout.push(
                        meeting.sound(at: time), track: Meeting.audioTrack, ready: meeting.now)
                }
                _ = meeting.playout.nextDue(after: meeting.now)
                meeting.run(milliseconds: 20)
            }
        }
        meeting.audioLateness = audioLateness
        meeting.videoLateness = videoLateness
        meeting.run(milliseconds: 5_000)
        let recent = meeting.now + -second
        #expect(meeting.log.heard.contains { $0.audibleAt > recent })
        #expect(meeting.log.shown.contains { $0.at > recent && $0.delay.magnitude < second.magnitude })
        #expect(meeting.delay <= second)
    }

    @Test func nextDueIsWhenTheOldestWaitingPictureIsDue() {
        let meeting = Meeting(audio: false)
        #expect(meeting.playout.nextDue(after: meeting.now) == nil)
        meeting.playout.push(meeting.picture(at: meeting.now), track: Meeting.videoTrack, ready: meeting.now)
        let due = meeting.playout.nextDue(after: meeting.now)
        #expect(due == meeting.now + meeting.delay)
        #expect(meeting.playout.presentDue(now: meeting.now + (meeting.delay - 1)).isEmpty)
        #expect(meeting.playout.presentDue(now: meeting.now + meeting.delay).count == 1)
        #expect(meeting.playout.presentDue(now: meeting.now + second).isEmpty)
    }
}
