import Client
import Media
import Relay
import Synchronization
import Testing

/// The parts of relay and client that need no network.
@Suite struct PureTests {
    private static func at(_ milliseconds: Int64) -> MonotonicTime {
        MonotonicTime(nanoseconds: milliseconds * 1_000_000)
    }

    @Test func cacheHoldsTheGOPWithinItsBounds() {
        var cache = GOPCache<Int>(maximumBytes: 100, maximumAge: 1_000_000_000)
        cache.append(0, size: 10, isKeyframe: false, now: Self.at(0))
        #expect(cache.packets.isEmpty)
        cache.append(1, size: 50, isKeyframe: true, now: Self.at(0))
        cache.append(2, size: 50, isKeyframe: false, now: Self.at(1000))
        #expect(cache.packets == [1, 2])
        cache.append(3, size: 1, isKeyframe: false, now: Self.at(1000))
        cache.append(4, size: 1, isKeyframe: false, now: Self.at(1000))
        #expect(cache.packets.isEmpty && cache.bytes == 0)
        cache.append(5, size: 100, isKeyframe: true, now: Self.at(1000))
        #expect(cache.packets == [5])
        cache.append(6, size: 101, isKeyframe: true, now: Self.at(1001))
        #expect(cache.packets.isEmpty)
        cache.append(7, size: 1, isKeyframe: true, now: Self.at(2000))
        cache.append(8, size: 1, isKeyframe: false, now: Self.at(3001))
        #expect(cache.packets.isEmpty)
    }

    @Test func cacheIsEmptiedByTheClockAndKnowsItsMemory() {
        var cache = GOPCache<Int>(maximumBytes: 1000, maximumAge: 1_000_000_000)
        cache.append(1, size: 50, isKeyframe: true, now: Self.at(0), storage: (7, 64))
        cache.append(2, size: 10, isKeyframe: false, now: Self.at(1), storage: (7, 64))
        cache.append(3, size: 10, isKeyframe: false, now: Self.at(2), storage: (8, 4096))
        #expect(cache.bytes == 70 && cache.memory == 4160)
        cache.expire(now: Self.at(1000))
        #expect(cache.packets == [1, 2, 3])
        cache.expire(now: Self.at(1001))
        #expect(cache.packets.isEmpty && cache.bytes == 0 && cache.memory == 0)
    }

    @Test func keyframeRequestsAreCoalescedWithATrailingOne() {
        var coalescer = KeyframeCoalescer(interval: 500_000_000)
        #expect(coalescer.request(now: Self.at(0)) == .ask)
        #expect(coalescer.request(now: Self.at(100)) == .wait(400_000_000))
        #expect(coalescer.request(now: Self.at(200)) == .covered)
        coalescer.fire(now: Self.at(500))
        #expect(coalescer.request(now: Self.at(900)) == .wait(100_000_000))
        coalescer.fire(now: Self.at(1000))
        #expect(coalescer.request(now: Self.at(1500)) == .ask)
    }

    @Test func identifiersAreNeverGivenTwice() {
        var names = ParticipantIDs()
        let given = ["Anna", "anna", "Anna 2", "ANNA", "日本", "本日"].map { names.identifier(for: $0) }
        #expect(given == ["anna", "anna-2", "anna-2-2", "anna-3", "participant", "participant-2"])
    }

    @Test func serverClockTrustsTheShortestRoundTrip() {
        var clock = ServerClock()
        clock.add(sent: 1000, received: 9000, server: 500_000)
        clock.add(sent: 10_000, received: 10_200, server: 510_100)
        clock.add(sent: 20_000, received: 19_000, server: 0)
        #expect(clock.offset == 500_000)
        #expect(clock.roundTrip == 200)
        #expect(clock.serverTime(at: Self.at(1)) == 501_000)
        #expect(clock.localTime(ofServer: 501_000) == Self.at(1))
        for index in 0..<8 { clock.add(sent: 0, received: 1000 + Int64(index), server: 0) }
        #expect(clock.roundTrip == 1000)
        _ = clock.localTime(ofServer: .min)
        _ = clock.localTime(ofServer: .max)
    }

    @Test func sequenceGapsAreCountedAcrossTheWrap() {
        var tracker = SequenceTracker()
        let gaps = [UInt32.max - 2, .max - 1, .max, 0, 1, 4, 0, 1].map { tracker.add($0) }
        #expect(gaps == [0, 0, 0, 0, 0, 2, 0, 0])
        tracker.restart()
        #expect([9, 11].map { tracker.add($0) } == [0, 1])
    }

    @Test func trackClockSlewsSmallDifferencesAndStepsLargeOnes() throws {
        let source = SharedTime()
        let clock = TrackClock(timeBase: .video, clock: MediaClock(monotonic: { source.now }, wall: { 0 }))
        #expect(clock.localTime(ofPTS: 0) == nil)
        source.now = Self.at(300)
        clock.noteArrival(pts: 0)
        #expect(clock.localTime(ofPTS: 90_000) == Self.at(1300))
        clock.anchor(pts: 0, at: Self.at(200))
        #expect(clock.localTime(ofPTS: 0) == Self.at(200))
        clock.anchor(pts: 0, at: Self.at(210))
        #expect(clock.localTime(ofPTS: 0) == Self.at(200))
        source.now = Self.at(1300)
        #expect(clock.localTime(ofPTS: 0) == Self.at(202))
        source.now = Self.at(60_000)
        #expect(clock.localTime(ofPTS: 0) == Self.at(210))
        clock.anchor(pts: 0, at: Self.at(400))
        #expect(clock.localTime(ofPTS: 0) == Self.at(400))
        clock.noteArrival(pts: .max)
        clock.anchor(pts: .min, at: Self.at(0))
        _ = clock.localTime(ofPTS: .max)
    }

    /// A clock that a test moves.
    private final class SharedTime: Sendable {
        private let time = Mutex(PureTests.at(0))
        var now: MonotonicTime {
            get { time.withLock { $0 } }
            set { time.withLock { $0 = newValue } }
        }
    }
}
