public import NIOCore

/// A control message from a client to the server. PROTOCOL.md explains each.
public enum ClientMessage: Sendable, Hashable {
    /// Opens the session. A field that is not there is an empty text. `resume` is empty for somebody new who wants to be
    /// able to come back, the token of an earlier ``Welcome`` for somebody who comes back, missing for everybody else.
    case hello(protocolVersion: Int, room: String, name: String, resume: String? = nil)
    /// Offers a track; `ref` comes back in the answer.
    case publish(ref: UInt32, track: WireTrack)
    /// Offers a smaller version of an own video track; `ref` comes back in the answer.
    case layer(ref: UInt32, of: TrackID, track: WireTrack)
    /// Ends a track.
    case unpublish(track: TrackID)
    /// Asks for media: of these tracks, or of all present and future ones. Who names a maximum height, in pixels, gets
    /// layers of the tracks too.
    case subscribe(tracks: [TrackID]?, maximumHeight: Int? = nil)
    /// Stops media: of these tracks, or altogether.
    case unsubscribe(tracks: [TrackID]?)
    /// Asks the publisher of a track for a keyframe.
    case keyframe(track: TrackID)
    /// Ties an own track's PTS to the server's clock, microseconds.
    case clock(track: TrackID, pts: Int64, time: Int64)
    /// Says that an own track is silent or dark on purpose.
    case mute(track: TrackID, muted: Bool)
    /// A line of chat.
    case chat(text: String)
    /// Asks to start, stop or pause the recording of the room.
    case record(RecordingAction)
    /// Asks for the server's clock; `time` is the sender's own, microseconds.
    case ping(time: Int64)
    /// Leaves.
    case bye(reason: String?)
    /// A type that this version does not know. To be ignored.
    case unknown(type: String)

    /// Reads the JSON text of a control frame.
    /// - Throws: `bad_message`.
    public init(json: ByteBuffer) throws(WireError) {
        self = try ControlParser.parse(ClientMessage.self, json)
    }

    /// The bytes of the whole control frame.
    public func encoded() -> ByteBuffer {
        FrameEncoder.control(type: type) { writer in
            switch self {
            case .hello(let version, let room, let name, let resume):
                writer.write(.protocolVersion, version)
                writer.write(.room, room)
                writer.write(.name, name)
                writer.write(.resume, resume)
            case .publish(let ref, let track):
                writer.write(.ref, ref)
                writer.write(.track) { track.write(to: &$0) }
            case .layer(let ref, let top, let track):
                writer.write(.ref, ref)
                writer.write(.of, top.rawValue)
                writer.write(.track) { track.write(to: &$0) }
            case .unpublish(let track), .keyframe(let track):
                writer.write(.track, track.rawValue)
            case .subscribe(let tracks, let maximumHeight):
                if let tracks { writer.write(.tracks, tracks.map(\.rawValue)) }
                if let maximumHeight { writer.write(.maximumHeight, maximumHeight) }
            case .unsubscribe(let tracks):
                if let tracks { writer.write(.tracks, tracks.map(\.rawValue)) }
            case .clock(let track, let pts, let time):
                writer.write(.track, track.rawValue)
                writer.write(.pts, pts)
                writer.write(.time, time)
            case .mute(let track, let muted):
                writer.write(.track, track.rawValue)
                writer.write(.muted, muted)
            case .chat(let text): writer.write(.text, text)
            case .record(let action): writer.write(.action, action.rawValue)
            case .ping(let time): writer.write(.time, time)
            case .bye(let reason): writer.write(.reason, reason)
            case .unknown: break
            }
        }
    }

    /// The value of the field `type`.
    public var type: String {
        switch self {
        case .hello: "hello"
        case .publish: "publish"
        case .layer: "layer"
        case .unpublish: "unpublish"
        case .subscribe: "subscribe"
        case .unsubscribe: "unsubscribe"
        case .keyframe: "keyframe"
        case .clock: "clock"
        case .mute: "mute"
        case .chat: "chat"
        case .record: "record"
        case .ping: "ping"
        case .bye: "bye"
        case .unknown(let type): type
        }
    }
}

extension ClientMessage: Decodable {
    /// Reads the fields of the type that the field `type` names; unknown fields are skipped.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: MessageField.self)
        let type = try fields.decode(String.self, forKey: .type)
        switch type {
        case "hello":
            self = .hello(
                protocolVersion: try fields.decode(Int.self, forKey: .protocolVersion),
                room: (try? fields.decode(String.self, forKey: .room)) ?? "",
                name: (try? fields.decode(String.self, forKey: .name)) ?? "",
                resume: try fields.resume())
        case "publish":
            self = .publish(
                ref: try fields.decode(UInt32.self, forKey: .ref),
                track: try fields.decode(WireTrack.self, forKey: .track))
        case "layer":
            self = .layer(
                ref: try fields.decode(UInt32.self, forKey: .ref), of: try fields.track(.of),
                track: try fields.decode(WireTrack.self, forKey: .track))
        case "unpublish": self = .unpublish(track: try fields.track())
        case "subscribe":
            self = .subscribe(tracks: try fields.tracks(), maximumHeight: try fields.maximumHeight())
        case "unsubscribe": self = .unsubscribe(tracks: try fields.tracks())
        case "keyframe": self = .keyframe(track: try fields.track())
        case "clock":
            self = .clock(
                track: try fields.track(), pts: try fields.time(.pts), time: try fields.time(.time))
        case "mute":
            self = .mute(track: try fields.track(), muted: try fields.decode(Bool.self, forKey: .muted))
        case "chat": self = .chat(text: try fields.decode(String.self, forKey: .text))
        case "record": self = .record(try fields.recordingAction())
        case "ping": self = .ping(time: try fields.time(.time))
        case "bye": self = .bye(reason: try fields.decodeIfPresent(String.self, forKey: .reason))
        default: self = .unknown(type: type)
        }
    }
}

extension KeyedDecodingContainer<MessageField> {
    func resume() throws -> String? {
        guard let token = try decodeIfPresent(String.self, forKey: .resume) else { return nil }
        guard token.utf8.count <= WireLimits.maximumResumeBytes else {
            throw WireError(
                .badMessage, "The field resume is longer than \(WireLimits.maximumResumeBytes) bytes.")
        }
        return token
    }

    func recordingAction() throws -> RecordingAction {
        let text = try decode(String.self, forKey: .action)
        guard let action = RecordingAction(rawValue: text) else {
            throw WireError(
                .badMessage, "The action \"\(text.prefix(40))\" is not known; it is start, stop or pause.")
        }
        return action
    }

    func track(_ field: MessageField = .track) throws -> TrackID {
        TrackID(rawValue: try decode(UInt32.self, forKey: field))
    }

    func maximumHeight() throws -> Int? {
        guard let height = try decodeIfPresent(Int.self, forKey: .maximumHeight) else { return nil }
        guard WireLimits.pictureSizes.contains(height) else {
            throw WireError(
                .badMessage,
                "The field maximumHeight is \(height); \(WireLimits.pictureSizes.lowerBound) to "
                    + "\(WireLimits.pictureSizes.upperBound) is allowed.")
        }
        return height
    }

    func tracks() throws -> [TrackID]? {
        guard contains(.tracks), try !decodeNil(forKey: .tracks) else { return nil }
        let maximum = WireLimits.maximumTracksPerSubscribe
        guard let numbers = try prefix(of: UInt32.self, .tracks, count: maximum) else {
            throw WireError(.badMessage, "A message names more than the \(maximum) tracks that are allowed.")
        }
        return numbers.map(TrackID.init(rawValue:))
    }

    /// The elements of an array; `nil` where it has more than `count`, of which no more is read.
    func prefix<Element: Decodable>(
        of type: Element.Type, _ field: MessageField, count: Int
    ) throws -> [Element]? {
        var list = try nestedUnkeyedContainer(forKey: field)
        var elements: [Element] = []
        while !list.isAtEnd {
            guard elements.count < count else { return nil }
            elements.append(try list.decode(type))
        }
        return elements
    }

    /// A time within ±2^53, so that sums and differences of times cannot overflow.
    func time(_ field: MessageField) throws -> Int64 {
        let time = try decode(Int64.self, forKey: field)
        guard (-WireLimits.maximumTime...WireLimits.maximumTime).contains(time) else {
            throw WireError(.badMessage, "The field \(field.rawValue) is \(time), beyond ±2^53.")
        }
        return time
    }
}
