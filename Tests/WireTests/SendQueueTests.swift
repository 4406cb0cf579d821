import Media
import NIOCore
import Testing
import Wire

@Suite struct SendQueueTests {
    private static let video = TrackID(rawValue: 1)
    private static let audio = TrackID(rawValue: 2)
    private static let start = MonotonicTime(nanoseconds: 0)

    private func queue(bytes: Int = 1000, age: Int64 = 1_000) -> SendQueue {
        var queue = SendQueue(
            limits: .init(mediaBytes: bytes, age: age),
            notice: { track, count in ByteBuffer(string: "dropped \(track) \(count)") })
        queue.open(Self.video, kind: .video)
        queue.open(Self.audio, kind: .audio)
        return queue
    }

    private func packet(_ text: String, _ size: Int = 100) -> ByteBuffer {
        ByteBuffer(string: text + String(repeating: ".", count: max(0, size - text.utf8.count)))
    }

    private func contents(_ queue: inout SendQueue) -> [String] {
        var texts: [String] = []
        while let bytes = queue.pop(now: Self.start) {
            texts.append(String(buffer: bytes).replacing(".", with: ""))
        }
        return texts
    }

    @Test func videoStartsAtAKeyframeAndSoundAtOnce() {
        var queue = queue()
        #expect(queue.append(Self.video, packet("p"), isKeyframe: false, now: Self.start) == false)
        #expect(queue.append(Self.audio, packet("a"), isKeyframe: true, now: Self.start) == true)
        #expect(queue.append(Self.video, packet("I"), isKeyframe: true, now: Self.start) == true)
        #expect(queue.append(Self.video, packet("p"), isKeyframe: false, now: Self.start) == true)
        #expect(contents(&queue) == ["a", "I", "p"])
        #expect(queue.droppedPackets == 0)
        #expect(queue.mediaBytes == 0)
    }

    @Test func overflowDropsPicturesUpToTheNextKeyframeAndTells() {
        var queue = queue(bytes: 350)
        for (name, key) in [("I", true), ("p1", false)] {
            queue.append(Self.video, packet(name), isKeyframe: key, now: Self.start)
        }
        queue.append(Self.audio, packet("a1"), isKeyframe: true, now: Self.start)
        #expect(queue.trim(now: Self.start).isEmpty)
        queue.append(Self.video, packet("p2"), isKeyframe: false, now: Self.start)
        #expect(queue.trim(now: Self.start) == [Self.video: 3])
        #expect(queue.tracksInNeedOfKeyframe == [Self.video])
        #expect(queue.append(Self.video, packet("p3"), isKeyframe: false, now: Self.start) == false)
        queue.append(Self.audio, packet("a2"), isKeyframe: true, now: Self.start)
        queue.append(Self.video, packet("I2"), isKeyframe: true, now: Self.start)
        #expect(contents(&queue) == ["a1", "a2", "dropped 1 4", "I2"])
    }

    @Test func aBurstCountsAgainstNoBoundForAWhile() {
        var queue = queue(bytes: 350)
        let late = MonotonicTime(nanoseconds: 1_000_000)
        queue.append(Self.video, packet("I", 5000), isKeyframe: true, isBurst: true, now: Self.start)
        queue.append(Self.video, packet("p1", 300), isKeyframe: false, now: Self.start)
        #expect(queue.burstBytes == 5000 && queue.liveBytes == 300)
        // Older than anything else may be; what is behind it has not begun to age.
        #expect(queue.trim(now: late).isEmpty)
        #expect(queue.pop(now: late)?.readableBytes == 5000)
        #expect(queue.burstBytes == 0 && queue.waitingTime(now: late) == 0)
        #expect(queue.trim(now: late).isEmpty)
        #expect(queue.trim(now: MonotonicTime(nanoseconds: 1_002_000)) == [Self.video: 1])
    }

    @Test func aBurstThatDoesNotLeaveIsDropped() {
        var queue = queue(bytes: 350)
        queue.append(Self.video, packet("I", 300), isKeyframe: true, isBurst: true, now: Self.start)
        #expect(queue.trim(now: MonotonicTime(nanoseconds: SendQueue.burstAge)).isEmpty)
        #expect(queue.trim(now: MonotonicTime(nanoseconds: SendQueue.burstAge + 1)) == [Self.video: 1])
        #expect(queue.burstBytes == 0 && queue.mediaBytes == 0)
    }

    @Test func allMediaIsDroppedWhereItsMemoryIsNeeded() {
        var queue = queue()
        queue.append(Self.video, packet("I"), isKeyframe: true, isBurst: true, now: Self.start)
        queue.append(Self.audio, packet("a"), isKeyframe: true, now: Self.start)
        queue.append(control: packet("control"), now: Self.start)
        queue.dropMedia()
        #expect(queue.mediaBytes == 0 && queue.burstBytes == 0 && queue.controlBytes == 100)
        #expect(queue.tracksInNeedOfKeyframe == [Self.video])
    }

    @Test func anotherSizeTakesATracksPlaceAtItsKeyframe() {
        let small = TrackID(rawValue: 3)
        var queue = queue()
        queue.append(Self.video, packet("I"), isKeyframe: true, now: Self.start)
        queue.open(small, FeedState(replacing: Self.video))
        #expect(queue.append(small, packet("s1"), isKeyframe: false, now: Self.start) == false)
        #expect(queue.append(Self.video, packet("p"), isKeyframe: false, now: Self.start) == true)
        // Nothing is missing: it could go on without the queue.
        #expect(contents(&queue) == ["I", "p"])
        #expect(queue.isSettled)
        #expect(queue.states[small] == FeedState(replacing: Self.video))
        #expect(queue.append(small, packet("S"), isKeyframe: true, now: Self.start) == true)
        #expect(queue.append(Self.video, packet("I2"), isKeyframe: true, now: Self.start) == false)
        #expect(contents(&queue) == ["S"])
        #expect(queue.droppedPackets == 0)
        #expect(queue.states[small] == FeedState(isVideo: true, needsKeyframe: false))
        #expect(!queue.isOpen(Self.video))
    }

    @Test func whatWasLeftOutIsToldWhenAnotherSizeBegins() {
        let small = TrackID(rawValue: 3)
        var queue = queue(bytes: 250)
        for name in ["I", "p1", "p2"] {
            queue.append(Self.video, packet(name), isKeyframe: name == "I", now: Self.start)
        }
        #expect(queue.trim(now: Self.start) == [Self.video: 3])
        queue.open(small, FeedState(replacing: Self.video))
        queue.append(small, packet("S"), isKeyframe: true, now: Self.start)
        #expect(contents(&queue) == ["dropped 1 3", "S"])
        #expect(queue.isSettled)
    }

    @Test func whatWaitsOfTheSizeThatEndedIsDroppedFirst() {
        let small = TrackID(rawValue: 3)
        var queue = queue()
        func time(_ nanoseconds: Int64) -> MonotonicTime { MonotonicTime(nanoseconds: nanoseconds) }
        queue.append(Self.video, packet("I"), isKeyframe: true, now: time(0))
        queue.append(Self.audio, packet("a"), isKeyframe: true, now: time(1))
        queue.append(Self.video, packet("p1"), isKeyframe: false, now: time(300))
        queue.open(small, FeedState(replacing: Self.video))
        queue.append(small, packet("S"), isKeyframe: true, now: time(400))
        queue.append(small, packet("s1"), isKeyframe: false, now: time(500))
        // The oldest picture has waited too long: without it, what follows it cannot be decoded.
        #expect(queue.trim(now: time(1001)) == [Self.video: 2])
        #expect(queue.droppedPackets == 2)
        #expect(contents(&queue) == ["a", "S", "s1"])
        #expect(queue.mediaBytes == 0)
        #expect(queue.isSettled)
    }

    @Test func whatWaitsOfATrackThatWasOpenedAgainIsDroppedWithIt() {
        var queue = queue(bytes: 350)
        queue.append(Self.audio, packet("a"), isKeyframe: true, now: Self.start)
        queue.append(Self.video, packet("I"), isKeyframe: true, now: Self.start)
        queue.close(Self.video)
        queue.open(Self.video, kind: .video)
        queue.append(Self.video, packet("I2"), isKeyframe: true, now: Self.start)
        queue.append(Self.video, packet("p2"), isKeyframe: false, now: Self.start)
        #expect(queue.trim(now: Self.start) == [Self.video: 3])
        #expect(queue.tracksInNeedOfKeyframe == [Self.video])
        queue.append(Self.video, packet("I3"), isKeyframe: true, now: Self.start)
        #expect(contents(&queue) == ["a", "dropped 1 3", "I3"])
        #expect(queue.mediaBytes == 0)
        queue.append(Self.video, packet("p3"), isKeyframe: false, now: Self.start)
        #expect(contents(&queue) == ["p3"])
    }

    @Test func soundGoesLastOldestFirst() {
        var queue = queue(bytes: 250)
        for name in ["a1", "a2", "a3"] {
            queue.append(Self.audio, packet(name), isKeyframe: true, now: Self.start)
        }
        #expect(queue.trim(now: Self.start) == [Self.audio: 1])
        #expect(contents(&queue) == ["a2", "a3", "dropped 2 1"])
    }

    @Test func ageIsBounded() {
        var queue = queue(age: 100)
        queue.append(Self.video, packet("I"), isKeyframe: true, now: Self.start)
        #expect(queue.trim(now: Self.start + 100).isEmpty)
        #expect(queue.trim(now: Self.start + 101) == [Self.video: 1])
        #expect(queue.mediaBytes == 0)
        #expect(queue.isEmpty)
    }

    @Test func theLargestTrackIsDroppedFirst() {
        var queue = queue(bytes: 500)
        let other = TrackID(rawValue: 3)
        queue.open(other, kind: .video)
        queue.append(other, packet("J", 50), isKeyframe: true, now: Self.start)
        queue.append(Self.video, packet("I", 460), isKeyframe: true, now: Self.start)
        #expect(queue.trim(now: Self.start) == [Self.video: 1])
        #expect(contents(&queue) == ["J"])
    }

    @Test func controlIsNeverDropped() {
        var queue = queue(bytes: 10)
        queue.append(control: packet("c", 500), now: Self.start)
        queue.append(Self.video, packet("I"), isKeyframe: true, now: Self.start)
        _ = queue.trim(now: Self.start)
        #expect(queue.controlBytes == 500)
        #expect(contents(&queue) == ["c"])
    }

    @Test func countsStayRightWhenATrackIsClosedAndOpenedAgain() {
        var queue = queue()
        queue.append(Self.video, packet("I"), isKeyframe: true, now: Self.start)
        queue.close(Self.video)
        #expect(queue.append(Self.video, packet("x"), isKeyframe: true, now: Self.start) == false)
        queue.open(Self.video, kind: .video)
        queue.append(Self.video, packet("I2"), isKeyframe: true, now: Self.start)
        #expect(contents(&queue) == ["I", "I2"])
        #expect(queue.mediaBytes == 0)
        queue.append(Self.video, packet("I3"), isKeyframe: true, now: Self.start)
        #expect(queue.trim(now: Self.start + 2000) == [Self.video: 1])
        #expect(queue.mediaBytes == 0)
    }
}
