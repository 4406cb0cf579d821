import Media
import NIOCore
import Testing
import Wire

@Suite struct ServerSessionTests {
    private static let start = MonotonicTime(nanoseconds: 1_000)
    private static let track = TrackID(rawValue: 7)
    private static let welcome = Welcome(
        participant: "anna", room: "r", limits: .init(idleSeconds: 30), recording: .off, recordingReason: nil)

    /// Short names of actions, to compare sequences of them.
    private func names(_ actions: [ServerSession.Action]) -> [String] {
        actions.map { action in
            switch action {
            case .join(let room, let name, let resume):
                "join \(room) \(name)" + (resume.map { " \($0)" } ?? "")
            case .send(.error(let code, _, let isFatal, _)): "error \(code)\(isFatal ? " fatal" : "")"
            case .send(let message): "send \(message.type)"
            case .pong(let time): "pong \(time)"
            case .publish(let ref, _, let top): "publish \(ref)" + (top.map { " of \($0)" } ?? "")
            case .unpublish(let track): "unpublish \(track)"
            case .subscribe(let tracks, let height):
                "subscribe \(tracks.map { "\($0)" } ?? "all")" + (height.map { " \($0)" } ?? "")
            case .unsubscribe(let tracks): "unsubscribe \(tracks.map { "\($0)" } ?? "all")"
            case .keyframe(let track): "keyframe \(track)"
            case .clock(let track, let pts, let time): "clock \(track) \(pts) \(time)"
            case .mute(let track, let isMuted): "mute \(track) \(isMuted)"
            case .chat(let text): "chat \(text)"
            case .record(let action): "record \(action)"
            case .media(let header, let kind, _): "media \(header.track) \(header.dts) \(kind)"
            case .leave(let reason): "leave \(reason)"
            case .close: "close"
            }
        }
    }

    private func send(_ json: String, to session: inout ServerSession, now: MonotonicTime = start) throws
        -> [String]
    {
        names(session.handle(.frame(try controlFrame(json), now: now)))
    }

    private func send(_ bytes: ByteBuffer, to session: inout ServerSession) throws -> [String] {
        names(session.handle(.frame(try frame(bytes), now: Self.start)))
    }

    private func joined(publishing: Bool = false) throws -> ServerSession {
        var session = ServerSession()
        _ = try send(#"{"type":"hello","protocol":1,"room":"r","name":"Anna"}"#, to: &session)
        _ = session.handle(.admitted(Self.welcome))
        if publishing {
            _ = try send(
                ClientMessage.publish(ref: 1, track: WireTrack(videoDescription)).encoded(), to: &session)
            _ = session.handle(.published(ref: 1, track: Self.track, description: videoDescription))
        }
        return session
    }

    @Test func helloLeadsToAJoinAndAWelcome() throws {
        var session = ServerSession()
        #expect(session.needsHello)
        let actions = try send(#"{"type":"hello","protocol":1,"room":"r","name":"Anna"}"#, to: &session)
        #expect(actions == ["join r Anna"])
        #expect(session.isWaiting)
        #expect(names(session.handle(.admitted(Self.welcome))) == ["send welcome"])
        #expect(!session.isWaiting)
    }

    @Test func trackMayHaveOneSmallerVersion() throws {
        var session = try joined(publishing: true)
        func offer(_ ref: UInt32, of track: UInt32, _ change: (inout TrackDescription) -> Void) throws
            -> [String]
        {
            var small = videoDescription
            small.format = .video(.init(width: 320, height: 180, frameRate: 30))
            change(&small)
            let message = ClientMessage.layer(
                ref: ref, of: TrackID(rawValue: track), track: WireTrack(small))
            return try send(message.encoded(), to: &session)
        }
        #expect(try offer(1, of: 8) { _ in } == ["error unknown_track"])
        #expect(try offer(1, of: 7) { $0 = videoDescription } == ["error bad_track"])
        #expect(try offer(1, of: 7) { $0 = opusDescription } == ["error bad_track"])
        #expect(try offer(1, of: 7) { $0.source = "screen" } == ["error bad_track"])
        #expect(try offer(1, of: 7) { _ in } == ["publish 1 of 7"])
        #expect(try offer(2, of: 7) { _ in } == ["error bad_track"])
        let layer = TrackID(rawValue: 8)
        _ = session.handle(
            .published(ref: 1, track: layer, description: videoDescription, layerOf: Self.track))
        #expect(try offer(2, of: 7) { _ in } == ["error bad_track"])
        #expect(
            try offer(2, of: 8) { $0.format = .video(.init(width: 16, height: 16, frameRate: 30)) } == [
                "error bad_track"
            ])
        #expect(try send(mediaFrame(track: 8, dts: 1, keyframe: true), to: &session) == ["media 8 1 video"])
        // Its clock is its track's.
        #expect(try send(ClientMessage.clock(track: layer, pts: 0, time: 1).encoded(), to: &session) == [])
        #expect(try send(ClientMessage.mute(track: layer, muted: true).encoded(), to: &session) == [])
        #expect(try send(ClientMessage.unpublish(track: layer).encoded(), to: &session) == ["unpublish 8"])
        #expect(try offer(2, of: 7) { _ in } == ["publish 2 of 7"])
        _ = session.handle(
            .published(ref: 2, track: layer, description: videoDescription, layerOf: Self.track))
        // It ends with its track.
        #expect(
            try send(ClientMessage.unpublish(track: Self.track).encoded(), to: &session) == ["unpublish 7"])
        #expect(session.publishedTracks?.isEmpty == true)
    }

    @Test func aLayerThatTheRoomDeclinedMayBeOfferedAgain() throws {
        var session = try joined(publishing: true)
        var small = videoDescription
        small.format = .video(.init(width: 320, height: 180, frameRate: 30))
        // More often than there may be tracks: what was declined takes no place.
        for ref in 1...UInt32(2 * WireLimits.maximumTracksPerParticipant) {
            let offer = ClientMessage.layer(ref: ref, of: Self.track, track: WireTrack(small))
            #expect(try send(offer.encoded(), to: &session) == ["publish \(ref) of 7"])
            let answer = session.handle(
                .declined(ref: ref, layerOf: Self.track, WireError(.tooManyTracks, "The room is full.")))
            #expect(names(answer) == ["error too_many_tracks"])
        }
    }

    @Test func maximumHeightIsAPictureSize() throws {
        var session = try joined()
        #expect(
            try send(#"{"type":"subscribe","tracks":[3],"maximumHeight":360}"#, to: &session)
                == ["subscribe [3] 360"])
        #expect(
            try send(#"{"type":"subscribe","maximumHeight":0}"#, to: &session)
                == ["error bad_message fatal", "leave bad_message", "close"])
    }

    @Test func continuedSessionGoesOnAtAKeyframeBehindTheLastTimeStamp() throws {
        var broken = try joined(publishing: true)
        _ = broken.handle(.frame(try frame(mediaFrame(track: 7, dts: 5, keyframe: true)), now: Self.start))
        #expect(names(broken.handle(.eof)) == ["leave disconnected", "close"])
        var session = ServerSession()
        let hello = #"{"type":"hello","protocol":1,"room":"r","name":"Anna","resume":"secret"}"#
        #expect(try send(hello, to: &session) == ["join r Anna secret"])
        #expect(names(session.handle(.admitted(Self.welcome, broken.publishedTracks))) == ["send welcome"])
        func media(_ dts: Int64, _ isKeyframe: Bool) throws -> [String] {
            try send(mediaFrame(track: 7, dts: dts, keyframe: isKeyframe), to: &session)
        }
        #expect(try media(6, false) == [])
        #expect(try media(7, true) == ["media 7 7 video"])
        #expect(try media(8, false) == ["media 7 8 video"])
        #expect(try media(7, true).first == "error bad_media fatal")
    }

    @Test func aTokenThatIsTooLongIsRefused() throws {
        var session = ServerSession()
        let token = String(repeating: "x", count: 513)
        let hello = #"{"type":"hello","protocol":1,"room":"r","name":"Anna","resume":"\#(token)"}"#
        #expect(try send(hello, to: &session).first == "error bad_message fatal")
    }

    @Test(arguments: [
        (#"{"type":"hello","protocol":2}"#, "unsupported_version"),
        (#"{"type":"hello","protocol":1,"name":"a"}"#, "bad_room"),
        (#"{"type":"hello","protocol":1,"room":"..","name":"a"}"#, "bad_room"),
        (#"{"type":"hello","protocol":1,"room":"r"}"#, "bad_name"),
        (#"{"type":"hello","protocol":1,"room":"r","name":" "}"#, "bad_name"),
        (#"{"type":"hello"}"#, "bad_message"), (#"{"type":"chat","text":"x"}"#, "bad_state"),
        (#"{"type":"ping","time":1}"#, "bad_state"), ("nonsense", "bad_message"),
    ])
    func badOpeningsAreFatal(json: String, code: String) throws {
        var session = ServerSession()
        #expect(try send(json, to: &session) == ["error \(code) fatal", "leave \(code)", "close"])
        #expect(session.isClosed)
        #expect(try send(#"{"type":"ping","time":1}"#, to: &session) == [])
    }

    @Test func wrongVersionIsToldTheRightOne() throws {
        var session = ServerSession()
        let actions = session.handle(
            .frame(try controlFrame(#"{"type":"hello","protocol":9}"#), now: Self.start))
        guard case .send(.error(_, let message, _, _)) = actions.first else {
            Issue.record("no error was sent")
            return
        }
        #expect(message.contains("version 1"))
    }

    @Test func mediaBeforeTheHelloIsFatal() throws {
        var session = ServerSession()
        #expect(
            try send(mediaFrame(), to: &session) == ["error bad_state fatal", "leave bad_state", "close"])
    }

    @Test func secondHelloIsFatal() throws {
        var session = try joined()
        let actions = try send(#"{"type":"hello","protocol":1,"room":"r","name":"A"}"#, to: &session)
        #expect(actions == ["error bad_state fatal", "leave bad_state", "close"])
    }

    @Test func timeoutsAndEndsCloseTheSession() throws {
        var fresh = ServerSession()
        #expect(
            names(fresh.handle(.helloTimeout)) == [
                "error hello_timeout fatal", "leave hello_timeout", "close",
            ])
        var idle = try joined()
        #expect(names(idle.handle(.helloTimeout)) == [])
        #expect(
            names(idle.handle(.idleTimeout)) == ["error idle_timeout fatal", "leave idle_timeout", "close"])
        var gone = try joined()
        #expect(names(gone.handle(.eof)) == ["leave disconnected", "close"])
        #expect(names(gone.handle(.eof)) == [])
        var stopped = try joined()
        #expect(
            names(stopped.handle(.end(reason: "server_shutdown"))) == [
                "send bye", "leave server_shutdown", "close",
            ])
        var polite = try joined()
        #expect(try send(#"{"type":"bye"}"#, to: &polite) == ["leave bye", "close"])
        var full = ServerSession()
        _ = try send(#"{"type":"hello","protocol":1,"room":"r","name":"A"}"#, to: &full)
        #expect(
            names(full.handle(.refused(WireError(.roomFull, "")))) == [
                "error room_full fatal", "leave room_full", "close",
            ])
    }

    @Test func messagesBecomeActions() throws {
        var session = try joined(publishing: true)
        let expected = [
            (#"{"type":"subscribe"}"#, "subscribe all"),
            (#"{"type":"unsubscribe","tracks":[3]}"#, "unsubscribe [3]"),
            (#"{"type":"keyframe","track":3}"#, "keyframe 3"), (#"{"type":"ping","time":5}"#, "pong 5"),
            (#"{"type":"clock","track":7,"pts":1,"time":2}"#, "clock 7 1 2"),
            (#"{"type":"clock","track":8,"pts":1,"time":2}"#, "error unknown_track"),
            (#"{"type":"mute","track":7,"muted":true}"#, "mute 7 true"),
            (#"{"type":"mute","track":8,"muted":true}"#, "error unknown_track"),
            (#"{"type":"chat","text":"hi"}"#, "chat hi"), (#"{"type":"chat","text":""}"#, "error bad_chat"),
            (#"{"type":"record","action":"start"}"#, "record start"),
            (#"{"type":"record","action":"stop"}"#, "record stop"),
            (#"{"type":"record","action":"pause"}"#, "record pause"),
            (#"{"type":"unpublish","track":8}"#, "error unknown_track"),
            (#"{"type":"unpublish","track":7}"#, "unpublish 7"),
        ]
        for (json, action) in expected { #expect(try send(json, to: &session) == [action]) }
        #expect(try send(#"{"type":"wave"}"#, to: &session) == [])
    }

    @Test func tracksBeyondTheLimitAreRefusedAndTheSessionGoesOn() throws {
        var session = try joined()
        let track = WireTrack(videoDescription)
        for ref in 0..<UInt32(WireLimits.maximumTracksPerParticipant) {
            #expect(
                try send(ClientMessage.publish(ref: ref, track: track).encoded(), to: &session) == [
                    "publish \(ref)"
                ])
        }
        let refused = try send(ClientMessage.publish(ref: 99, track: track).encoded(), to: &session)
        #expect(refused == ["error too_many_tracks"])
        _ = session.handle(.published(ref: 0, track: Self.track, description: videoDescription))
        _ = try send(#"{"type":"unpublish","track":7}"#, to: &session)
        #expect(
            try send(ClientMessage.publish(ref: 100, track: track).encoded(), to: &session) == ["publish 100"]
        )
    }

    @Test func mediaOfOwnTracksIsRelayed() throws {
        var session = try joined(publishing: true)
        #expect(try send(mediaFrame(track: 7, dts: -5, keyframe: true), to: &session) == ["media 7 -5 video"])
        #expect(
            try send(mediaFrame(track: 7, dts: -4, ptsOffset: 900_000), to: &session) == ["media 7 -4 video"])
    }

    @Test(
        arguments: [
            (8, 1, 0, "unknown_track"), (7, 0, 0, "bad_media"), (7, -1, 0, "bad_media"),
            (7, Int64.max, 0, "bad_media"),
            (7, Int64.min, 0, "bad_media"), (7, 1, -1, "bad_media"), (7, 1, 900_001, "bad_media"),
            (7, 1, Int32.max, "bad_media"), (7, (1 << 53) + 1, 0, "bad_media"),
        ] as [(UInt32, Int64, Int32, String)])
    func badMediaIsFatal(track: UInt32, dts: Int64, ptsOffset: Int32, code: String) throws {
        var session = try joined(publishing: true)
        _ = try send(mediaFrame(track: 7, dts: 0), to: &session)
        let actions = try send(mediaFrame(track: track, dts: dts, ptsOffset: ptsOffset), to: &session)
        #expect(actions == ["error \(code) fatal", "leave \(code)", "close"])
    }

    @Test func floodsAreRefused() throws {
        var session = try joined()
        var chats: [String] = []
        for _ in 0..<60 { chats += try send(#"{"type":"chat","text":"x"}"#, to: &session) }
        #expect(chats.filter { $0 == "chat x" }.count == 50)
        #expect(chats.last == "error too_many_messages")
        var last: [String] = []
        for _ in 0..<400 where !session.isClosed {
            last = try send(#"{"type":"ping","time":1}"#, to: &session)
        }
        #expect(last == ["error too_many_messages fatal", "leave too_many_messages", "close"])
    }

    @Test func theRecordingIsNotToggledFasterThanPeopleDo() throws {
        var session = try joined()
        var answers: [String] = []
        for _ in 0..<11 { answers += try send(#"{"type":"record","action":"stop"}"#, to: &session) }
        #expect(
            answers == Array(repeating: "record stop", count: 10) + ["error too_many_messages"])
        let later = Self.start + 1_000_000_000
        #expect(
            try send(#"{"type":"record","action":"start"}"#, to: &session, now: later) == ["record start"],
            "one more a second later")
    }

    @Test func steadyPingsAreNoFlood() throws {
        var session = try joined()
        for second in 0..<5000 {
            let now = MonotonicTime(nanoseconds: Int64(second) * 100_000_000)
            #expect(try send(#"{"type":"ping","time":1}"#, to: &session, now: now) == ["pong 1"])
        }
    }

    @Test func randomFramesNeverTrapAndAlwaysEndWithAClose() throws {
        var generator = SeededGenerator(state: 99)
        let texts = [
            "hello", "publish", "unpublish", "subscribe", "keyframe", "clock", "mute", "chat", "ping", "bye",
            "record", "x",
        ]
        for _ in 0..<500 {
            var session = Bool.random(using: &generator) ? ServerSession() : try joined(publishing: true)
            for _ in 0..<30 {
                let number = Int64(bitPattern: generator.next()) >> Int.random(in: 0...63, using: &generator)
                let type = texts.randomElement(using: &generator) ?? "x"
                let json =
                    #"{"type":"\#(type)","track":\#(number & 7),"time":\#(number),"pts":\#(number),"#
                    + #""protocol":1,"room":"r","name":"n","text":"t","muted":true,"action":"pause","ref":\#(number & 0xFF)}"#
                let bytes =
                    Bool.random(using: &generator)
                    ? rawControl(json)
                    : try mediaFrame(
                        track: UInt32(number & 7), dts: number, ptsOffset: Int32(truncatingIfNeeded: number))
                let wasClosed = session.isClosed
                let actions = try send(bytes, to: &session)
                if session.isClosed && !wasClosed { #expect(actions.last == "close") }
                if session.isWaiting { _ = session.handle(.admitted(Self.welcome)) }
            }
        }
    }
}
