public import NIOCore

extension ServerMessage {
    /// The bytes of the whole control frame.
    public func encoded() -> ByteBuffer {
        FrameEncoder.control(type: type) { writer in
            switch self {
            case .welcome(let welcome): welcome.write(to: &writer)
            case .published, .track, .untrack, .layer, .unlayer, .keyframe, .dropped, .muted, .clock:
                writeTrackFields(to: &writer)
            case .joined(let participant, let name):
                writer.write(.participant, participant)
                writer.write(.name, name)
            case .left(let participant, let reason):
                writer.write(.participant, participant)
                writer.write(.reason, reason)
            case .away(let participant), .back(let participant): writer.write(.participant, participant)
            case .chat(let from, let name, let text, let time):
                writer.write(.from, from)
                writer.write(.name, name)
                writer.write(.text, text)
                writer.write(.time, time)
            case .recording(let state, let reason):
                writer.write(.state, state.rawValue)
                writer.write(.reason, reason)
            case .pong(let time, let server):
                writer.write(.time, time)
                writer.write(.server, server)
            case .bye(let reason, let retryAfter):
                writer.write(.reason, reason)
                if let retryAfter { writer.write(.retryAfterMilliseconds, retryAfter) }
            case .error(let code, let message, let fatal, let ref):
                writer.write(.code, code)
                writer.write(.message, message)
                writer.write(.fatal, fatal)
                if let ref { writer.write(.ref, ref) }
            case .unknown: break
            }
        }
    }

    private func writeTrackFields(to writer: inout JSONObjectWriter) {
        switch self {
        case .published(let ref, let track):
            writer.write(.ref, ref)
            writer.write(.track, track.rawValue)
        case .track(let track, let participant, let description):
            writer.write(.track, track.rawValue)
            writer.write(.participant, participant)
            writer.write(.description) { description.write(to: &$0) }
        case .layer(let track, let top, let description):
            writer.write(.track, track.rawValue)
            writer.write(.of, top.rawValue)
            writer.write(.description) { description.write(to: &$0) }
        case .untrack(let track), .unlayer(let track), .keyframe(let track):
            writer.write(.track, track.rawValue)
        case .dropped(let track, let count, let reason):
            writer.write(.track, track.rawValue)
            writer.write(.count, count)
            writer.write(.reason, reason)
        case .muted(let track, let participant, let muted):
            writer.write(.track, track.rawValue)
            writer.write(.participant, participant)
            writer.write(.muted, muted)
        case .clock(let track, let pts, let time):
            writer.write(.track, track.rawValue)
            writer.write(.pts, pts)
            writer.write(.time, time)
        default: break
        }
    }
}

extension ServerMessage: Decodable {
    /// Reads the fields of the type that the field `type` names; unknown fields are skipped.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: MessageField.self)
        let type = try fields.decode(String.self, forKey: .type)
        switch type {
        case "welcome": self = .welcome(try Welcome(from: decoder))
        case "joined":
            self = .joined(participant: try fields.text(.participant), name: try fields.text(.name))
        case "left":
            self = .left(participant: try fields.text(.participant), reason: try fields.text(.reason))
        case "away": self = .away(participant: try fields.text(.participant))
        case "back": self = .back(participant: try fields.text(.participant))
        case "chat":
            self = .chat(
                from: try fields.text(.from), name: try fields.text(.name), text: try fields.text(.text),
                time: try fields.time(.time))
        case "recording":
            self = .recording(
                try fields.recordingState(), reason: try fields.decodeIfPresent(String.self, forKey: .reason))
        case "pong": self = .pong(time: try fields.time(.time), server: try fields.time(.server))
        case "bye":
            self = .bye(
                reason: try fields.text(.reason),
                retryAfter: try fields.decodeIfPresent(Int.self, forKey: .retryAfterMilliseconds))
        case "error":
            self = .error(
                code: try fields.text(.code), message: try fields.text(.message),
                fatal: try fields.decode(Bool.self, forKey: .fatal),
                ref: try fields.decodeIfPresent(UInt32.self, forKey: .ref))
        default: self = try Self.trackMessage(type, fields)
        }
    }

    private static func trackMessage(
        _ type: String, _ fields: KeyedDecodingContainer<MessageField>
    ) throws -> ServerMessage {
        switch type {
        case "published":
            .published(ref: try fields.decode(UInt32.self, forKey: .ref), track: try fields.track())
        case "track":
            .track(
                try fields.track(), participant: try fields.text(.participant),
                description: try fields.decode(WireTrack.self, forKey: .description))
        case "untrack": .untrack(try fields.track())
        case "layer":
            .layer(
                try fields.track(), of: try fields.track(.of),
                description: try fields.decode(WireTrack.self, forKey: .description))
        case "unlayer": .unlayer(try fields.track())
        case "keyframe": .keyframe(try fields.track())
        case "dropped":
            .dropped(
                track: try fields.track(), count: try fields.packetCount(), reason: try fields.text(.reason))
        case "muted":
            .muted(
                track: try fields.track(), participant: try fields.text(.participant),
                muted: try fields.decode(Bool.self, forKey: .muted))
        case "clock":
            .clock(track: try fields.track(), pts: try fields.time(.pts), time: try fields.time(.time))
        default: .unknown(type: type)
        }
    }
}

extension KeyedDecodingContainer<MessageField> {
    func text(_ field: MessageField) throws -> String { try decode(String.self, forKey: field) }

    /// A number of packets of one track: no more than there are sequence numbers, so that sums of them do not overflow.
    func packetCount() throws -> Int {
        let count = try decode(Int.self, forKey: .count)
        guard (0...Int(UInt32.max)).contains(count) else {
            throw WireError(.badMessage, "The field count is \(count), not within 0 and 2^32 - 1.")
        }
        return count
    }
}
