import Media
import NIOCore
import Testing
import Wire

/// What a client may not do however politely it asks: times that overflow, floods, media out of place.
@Suite struct SessionLimitTests {
    private static let start = MonotonicTime(nanoseconds: 1_000)
    private static let track = TrackID(rawValue: 7)
    private static let welcome = Welcome(
        participant: "anna", room: "r", limits: .init(idleSeconds: 30), recording: .off, recordingReason: nil)

    private func joined(publishing base: TimeBase? = nil, limits: SessionLimits = SessionLimits()) throws
        -> ServerSession
    {
        var session = ServerSession(limits: limits)
        let hello = ClientMessage.hello(protocolVersion: 1, room: "r", name: "Anna").encoded()
        _ = session.handle(.frame(try frame(hello), now: Self.start))
        _ = session.handle(.admitted(Self.welcome))
        guard let base else { return session }
        let description = TrackDescription(
            codec: .h264, timeBase: base, format: .video(.init(width: 16, height: 16, frameRate: 0)),
            source: "camera")
        let publish = ClientMessage.publish(ref: 1, track: WireTrack(description)).encoded()
        _ = session.handle(.frame(try frame(publish), now: Self.start))
        _ = session.handle(.published(ref: 1, track: Self.track, description: description))
        return session
    }

    /// The code of the error that a frame gets, `nil` where it gets none.
    private func error(
        of bytes: ByteBuffer, _ session: inout ServerSession, now: MonotonicTime = start
    ) throws -> String? {
        for action in session.handle(.frame(try frame(bytes), now: now)) {
            if case .send(.error(let code, _, _, _)) = action { return code }
        }
        return nil
    }

    @Test func whatComesAtOnceAfterTheServerStoodStillIsExcused() throws {
        var session = try joined()
        let chat = ClientMessage.chat(text: "x").encoded()
        for _ in 0..<50 { #expect(try error(of: chat, &session) == nil) }
        #expect(try error(of: chat, &session) == "too_many_messages")
        session.excuse(2_000_000_000)
        for _ in 0..<20 { #expect(try error(of: chat, &session) == nil) }
        #expect(try error(of: chat, &session) == "too_many_messages")
    }

    /// Time base, a time at the limit: 10^9 seconds, or 2^53 ticks where that is less.
    static let limits: [(Int32, Int32, Int64)] = [
        (1, 1, 1_000_000_000), (1, 1000, 1_000_000_000_000), (1, 90_000, 90_000_000_000_000),
        (1, Int32.max, 1 << 53),
        (Int32.max, 1, 0),
    ]

    @Test(arguments: limits)
    func timesWithinTheLimitPassAndOneMoreIsRefused(
        numerator: Int32, denominator: Int32, limit: Int64
    ) throws {
        let base = try #require(TimeBase(numerator, denominator))
        for sign in [1, -1] as [Int64] {
            var good = try joined(publishing: base)
            #expect(try error(of: mediaFrame(track: 7, dts: sign * limit), &good) == nil)
            var bad = try joined(publishing: base)
            #expect(try error(of: mediaFrame(track: 7, dts: sign * (limit + 1)), &bad) == "bad_media")
            #expect(bad.isClosed)
            guard limit < 1 << 53 else { continue }
            var clock = try joined(publishing: base)
            let within = ClientMessage.clock(track: Self.track, pts: sign * limit, time: 0).encoded()
            #expect(try error(of: within, &clock) == nil)
            let beyond = ClientMessage.clock(track: Self.track, pts: sign * (limit + 1), time: 0).encoded()
            #expect(try error(of: beyond, &clock) == "bad_media")
        }
    }

    @Test func differencesOfAcceptedTimesFitIntoNanoseconds() throws {
        for (numerator, denominator, limit) in Self.limits {
            let base = try #require(TimeBase(numerator, denominator))
            let time = base.rescale(limit, to: .nanoseconds)
            #expect(!time.subtractingReportingOverflow(-time).overflow)
        }
    }

    @Test(arguments: [60, Int32.max])
    func reorderingBeyondTenSecondsIsRefusedInCoarseTimeBases(secondsPerTick: Int32) throws {
        let base = try #require(TimeBase(secondsPerTick, 1))
        var session = try joined(publishing: base)
        #expect(try error(of: mediaFrame(track: 7, dts: 0, ptsOffset: 1), &session) == "bad_media")
    }

    @Test func mediaIsWelcomeOnlyWhileATrackIsPublished() throws {
        #expect(ServerSession().mediaRefusal?.code == .badState)
        #expect(try joined().mediaRefusal?.code == .unknownTrack)
        var session = try joined(publishing: .video)
        #expect(session.mediaRefusal == nil)
        _ = try error(of: ClientMessage.unpublish(track: Self.track).encoded(), &session)
        #expect(session.mediaRefusal?.code == .unknownTrack)
    }

    @Test func packetsFasterThanTheLimitAreFatal() throws {
        var session = try joined(publishing: .video)
        var count: Int64 = 0
        while !session.isClosed, count < 20_000 {
            _ = try error(of: mediaFrame(track: 7, dts: count), &session)
            count += 1
        }
        #expect(count == 10_001)
    }

    @Test func thousandPacketsASecondGoOnForEver() throws {
        var session = try joined(publishing: .video)
        for index in 0..<60_000 as Range<Int64> {
            let now = MonotonicTime(nanoseconds: index * 1_000_000)
            #expect(try error(of: mediaFrame(track: 7, dts: index), &session, now: now) == nil)
        }
    }

    @Test func mediaFasterThanItsLimitIsFatalAfterTheBurst() throws {
        var limits = SessionLimits()
        limits.publishBitsPerSecond = 40_000_000
        var session = try joined(publishing: .video, limits: limits)
        // Two seconds' worth is 10 MB, or 100 frames of 100 000 bytes.
        var count: Int64 = 0
        var last: String?
        while !session.isClosed, count < 1000 {
            last = try error(of: mediaFrame(track: 7, dts: count, count: 99_967), &session)
            count += 1
        }
        #expect(count == 101 && last == "too_much_media")
    }

    @Test func mediaAtItsLimitGoesOnForEver() throws {
        var limits = SessionLimits()
        limits.publishBitsPerSecond = 8_000_000
        var session = try joined(publishing: .video, limits: limits)
        for index in 0..<3000 as Range<Int64> {
            let now = MonotonicTime(nanoseconds: index * 100_000_000)
            let frame = try mediaFrame(track: 7, dts: index, count: 99_967)
            #expect(try error(of: frame, &session, now: now) == nil)
        }
    }

    @Test func theLargestFramePassesTheLowestLimit() throws {
        var limits = SessionLimits()
        limits.publishBitsPerSecond = 8
        var session = try joined(publishing: .video, limits: limits)
        let largest = WireLimits.maximumFrameLength - 1 - WireLimits.mediaHeaderBytes
        #expect(try error(of: mediaFrame(track: 7, dts: 0, count: largest), &session) == nil)
        #expect(try error(of: mediaFrame(track: 7, dts: 1, count: 100), &session) == "too_much_media")
    }

    @Test func controlMessagesAreLimitedAsConfigured() throws {
        var limits = SessionLimits()
        limits.controlMessagesPerSecond = 10
        var session = try joined(limits: limits)
        var count = 0
        while !session.isClosed, count < 100 {
            _ = try error(of: ClientMessage.ping(time: 0).encoded(), &session)
            count += 1
        }
        // The hello was the first of the burst of 40.
        #expect(count == 40)
    }

    @Test func longMessagesCountMoreThanOnce() throws {
        var session = try joined()
        let long = rawControl(#"{"type":"x","y":"\#(String(repeating: "a", count: 60_000))"}"#)
        var count = 0
        while !session.isClosed, count < 400 {
            _ = try error(of: long, &session)
            count += 1
        }
        // 59 each: six of them and the hello fit into the burst of 400.
        #expect(count == 7)
    }

    @Test func longArraysAreRefusedWithoutReadingThem() throws {
        let numbers = String(repeating: "1,", count: 1024) + "1"
        var session = try joined()
        let subscribe = rawControl(#"{"type":"subscribe","tracks":[\#(numbers)]}"#)
        #expect(try error(of: subscribe, &session) == "bad_message")
        var publisher = try joined()
        let publish = rawControl(
            #"{"type":"publish","ref":1,"track":{"kind":"video","codec":"h264","source":"a","#
                + #""width":1,"height":1,"timeBase":[\#(numbers)]}}"#)
        #expect(try error(of: publish, &publisher) == "bad_track")
        #expect(!publisher.isClosed)
    }
}
