import Media
import NIOCore
import Testing
import Wire

@Suite struct MessageTests {
    private func json(_ bytes: ByteBuffer) throws -> ByteBuffer {
        guard case .control(let json) = try frame(bytes).body else {
            throw WireError(.badFrame, "not control")
        }
        return json
    }

    private static let one = TrackID(rawValue: 1)

    @Test(arguments: [
        ClientMessage.hello(protocolVersion: 1, room: "r", name: "Zoë \"Q\" \\ \u{1F600}"),
        .hello(protocolVersion: 1, room: "r", name: "A", resume: ""),
        .hello(protocolVersion: 1, room: "r", name: "A", resume: String(repeating: "f", count: 64)),
        .publish(ref: .max, track: WireTrack(videoDescription)),
        .publish(ref: 0, track: WireTrack(opusDescription)),
        .layer(ref: 2, of: one, track: WireTrack(videoDescription)),
        .subscribe(tracks: nil, maximumHeight: 360), .subscribe(tracks: [one], maximumHeight: 16_384),
        .unpublish(track: one), .subscribe(tracks: nil), .subscribe(tracks: [one]), .unsubscribe(tracks: nil),
        .unsubscribe(tracks: []), .keyframe(track: TrackID(rawValue: .max)),
        .clock(track: one, pts: -5, time: 1 << 53), .mute(track: one, muted: true),
        .chat(text: "tab\t line\n nul\u{0} del\u{7F} é"), .ping(time: 0), .bye(reason: nil),
        .bye(reason: "x"), .record(.start), .record(.stop), .record(.pause),
    ])
    func clientMessagesSurviveTheWire(message: ClientMessage) throws {
        #expect(try ClientMessage(json: json(message.encoded())) == message)
    }

    @Test(arguments: [
        ServerMessage.welcome(
            Welcome(
                participant: "a", room: "r", limits: .init(idleSeconds: 30), recording: .failed,
                recordingReason: "disk")),
        .welcome(
            Welcome(
                participant: "a", room: "r", limits: .init(idleSeconds: 30), recording: .recording,
                recordingReason: nil, resumption: .init(token: "t", seconds: 30, tracks: [one]))),
        .away(participant: "a"), .back(participant: "a"),
        .welcome(
            Welcome(
                participant: "a", room: "r", limits: .init(idleSeconds: 30, publishBitrate: 1_000_000),
                recording: .off, recordingReason: nil)),
        .published(ref: 3, track: one), .joined(participant: "a", name: "A"),
        .left(participant: "a", reason: "bye"),
        .track(one, participant: "a", description: WireTrack(videoDescription)), .untrack(one),
        .keyframe(one), .layer(one, of: TrackID(rawValue: 2), description: WireTrack(videoDescription)),
        .unlayer(one),
        .dropped(track: one, count: 12, reason: "slow_consumer"),
        .muted(track: one, participant: "a", muted: false),
        .chat(from: "a", name: "A", text: "hi", time: 1), .recording(.recording, reason: nil),
        .recording(.paused, reason: "Ada paused it"),
        .pong(time: 1, server: 2), .clock(track: one, pts: 1, time: 2), .bye(reason: "server_shutdown"),
        .bye(reason: "restarting", retryAfter: 250),
        .error(code: "bad_track", message: "m", fatal: false, ref: 4),
        .error(code: "bad_frame", message: "m", fatal: true, ref: nil),
    ])
    func serverMessagesSurviveTheWire(message: ServerMessage) throws {
        #expect(try ServerMessage(json: json(message.encoded())) == message)
    }

    @Test func unknownTypesAndFieldsAreIgnored() throws {
        #expect(
            try ClientMessage(json: ByteBuffer(string: #"{"type":"wave","x":[1]}"#)) == .unknown(type: "wave")
        )
        let ping = ByteBuffer(string: #"{"x":{"y":null},"time":7,"type":"ping"}"#)
        #expect(try ClientMessage(json: ping) == .ping(time: 7))
    }

    @Test(arguments: [
        "", "{", "[]", "null", "3", #""ping""#, "{}", #"{"type":7}"#, #"{"type":"ping"}"#,
        #"{"type":"ping","time":"x"}"#, #"{"type":"ping","time":1.5}"#, #"{"type":"ping","time":1e300}"#,
        #"{"type":"ping","time":9007199254740993}"#, #"{"type":"ping","time":-9223372036854775808}"#,
        #"{"type":"keyframe","track":-1}"#, #"{"type":"keyframe","track":4294967296}"#,
        #"{"type":"publish","ref":1}"#, #"{"type":"publish","ref":1,"track":[]}"#,
        #"{"type":"subscribe","tracks":"all"}"#, #"{"type":"mute","track":1,"muted":1}"#, "\u{0}\u{0}\u{0}",
        #"{"type":"record"}"#, #"{"type":"record","action":"erase"}"#, #"{"type":"record","action":1}"#,
        #"{"type":"record","action":null}"#, #"{"type":"record","action":"Start"}"#,
    ])
    func malformedMessagesAreRefused(text: String) {
        let error = #expect(throws: WireError.self) { try ClientMessage(json: ByteBuffer(string: text)) }
        #expect(error?.code == .badMessage)
    }

    private func dropped(_ count: String) throws -> ServerMessage {
        let text = #"{"type":"dropped","track":1,"reason":"r","count":"# + count + "}"
        return try ServerMessage(json: ByteBuffer(string: text))
    }

    @Test(arguments: [0, 1, Int(UInt32.max)])
    func numbersOfDroppedPacketsWithinTheLimitAreAccepted(count: Int) throws {
        #expect(try dropped("\(count)") == .dropped(track: Self.one, count: count, reason: "r"))
    }

    @Test(arguments: ["-1", "4294967296", "9223372036854775807", "9223372036854775808", "1.5"])
    func numbersOfDroppedPacketsBeyondTheLimitAreRefused(count: String) {
        let error = #expect(throws: WireError.self) { try dropped(count) }
        #expect(error?.code == .badMessage)
    }

    @Test func invalidUTF8AndDeepNestingAreRefused() {
        #expect(throws: WireError.self) {
            try ClientMessage(json: ByteBuffer(bytes: [0x7B, 0xFF, 0xFE, 0x7D]))
        }
        let deep = String(repeating: "[", count: 60_000)
        #expect(throws: WireError.self) { try ClientMessage(json: ByteBuffer(string: deep)) }
    }

    @Test func tooManyTrackNumbersAreRefused() throws {
        let limit = WireLimits.maximumTracksPerSubscribe
        func message(_ count: Int) -> ByteBuffer {
            let numbers = (0..<count).map { "\($0)" }.joined(separator: ",")
            return ByteBuffer(string: "{\"type\":\"subscribe\",\"tracks\":[\(numbers)]}")
        }
        _ = try ClientMessage(json: message(limit))
        #expect(throws: WireError.self) { try ClientMessage(json: message(limit + 1)) }
    }

    private func description(_ fields: String) throws -> TrackDescription {
        let text = "{\"type\":\"publish\",\"ref\":1,\"track\":{\(fields)}}"
        guard case .publish(_, let track) = try ClientMessage(json: ByteBuffer(string: text)) else {
            throw WireError(.badMessage, "not publish")
        }
        return try track.description()
    }

    private static let video = #""kind":"video","codec":"h264","source":"camera","#
    private static let audio = #""kind":"audio","codec":"opus","source":"camera","timeBase":[1,48000],"#

    @Test(arguments: [
        video + #""timeBase":[1,90000],"width":1,"height":16384"#,
        video + #""timeBase":[2147483647,1],"width":16384,"height":1,"frameRate":1000"#,
        audio + #""sampleRate":8000,"channels":2"#, audio + #""sampleRate":192000,"channels":1"#,
        #""kind":"audio","codec":"aac","source":"a","timeBase":[1,44100],"sampleRate":44100,"channels":2,"#
            + #""codecConfiguration":"EhA=""#,
    ])
    func tracksWithinTheLimitsAreAccepted(fields: String) throws {
        let accepted = try description(fields)
        #expect(try WireTrack(accepted).description() == accepted)
    }

    @Test(arguments: [
        video + #""timeBase":[0,1],"width":1,"height":1"#, video + #""timeBase":[1,-1],"width":1,"height":1"#,
        video + #""timeBase":[1],"width":1,"height":1"#,
        video + #""timeBase":[1,2147483648],"width":1,"height":1"#,
        video + #""timeBase":[1,1],"width":0,"height":1"#,
        video + #""timeBase":[1,1],"width":16385,"height":1"#,
        video + #""timeBase":[1,1],"width":1"#,
        video + #""timeBase":[1,1],"width":1,"height":1,"frameRate":-1"#,
        video + #""timeBase":[1,1],"width":1,"height":1,"frameRate":1001"#,
        audio + #""sampleRate":7999,"channels":1"#, audio + #""sampleRate":192001,"channels":1"#,
        audio + #""sampleRate":48000,"channels":0"#, audio + #""sampleRate":48000,"channels":9"#,
        #""kind":"audio","codec":"h264","source":"a","timeBase":[1,1],"width":1,"height":1"#,
        #""kind":"video","codec":"vp8","source":"a","timeBase":[1,1],"width":1,"height":1"#,
        #""kind":"video","codec":"h264","source":"../x","timeBase":[1,1],"width":1,"height":1"#,
        #""kind":"audio","codec":"aac","source":"a","timeBase":[1,1],"sampleRate":48000,"channels":1"#,
        audio + #""sampleRate":48000,"channels":1,"codecConfiguration":"!!""#,
    ])
    func tracksBeyondTheLimitsAreRefused(fields: String) {
        let error = #expect(throws: WireError.self) { try description(fields) }
        #expect(error?.code == .badTrack)
    }

    @Test func codecConfigurationIsLimited() throws {
        var track = TrackDescription(
            codec: .aac, timeBase: .opus, format: .audio(.init(sampleRate: 44_100, channels: 2)), source: "a")
        let padding = [UInt8](repeating: 0, count: WireLimits.maximumCodecConfigurationBytes - 2)
        track.codecConfiguration = [0x12, 0x10] + padding
        #expect(try WireTrack(track).description() == track)
        track.codecConfiguration.append(1)
        #expect(throws: WireError.self) { try WireTrack(track).description() }
    }
}
