/// What the server says when it lets a client into a room.
public struct Welcome: Sendable, Hashable {
    /// What the server allows, so that a client need not find out by being refused.
    public struct Limits: Sendable, Hashable {
        /// Largest value of a frame's length field, in bytes.
        public var frameBytes: Int
        /// Largest JSON text of a control message, in bytes.
        public var controlBytes: Int
        /// Tracks that a participant may publish at the same time.
        public var tracks: Int
        /// Versions of a video track that a participant may publish, in different sizes; 1: the track alone.
        public var layers: Int
        /// Longest line of chat, in bytes of UTF-8.
        public var chatBytes: Int
        /// Seconds without a complete frame after which the server closes the connection.
        public var idleSeconds: Int
        /// Bits a second of media that a participant may publish; `nil`: as many as it likes.
        public var publishBitrate: Int?

        /// Limits from their values.
        public init(
            frameBytes: Int = WireLimits.maximumFrameLength,
            controlBytes: Int = WireLimits.maximumControlBytes,
            tracks: Int = WireLimits.maximumTracksPerParticipant,
            layers: Int = WireLimits.maximumLayersPerTrack,
            chatBytes: Int = WireLimits.maximumChatBytes,
            idleSeconds: Int,
            publishBitrate: Int? = nil
        ) {
            self.frameBytes = frameBytes
            self.controlBytes = controlBytes
            self.tracks = tracks
            self.layers = layers
            self.chatBytes = chatBytes
            self.idleSeconds = idleSeconds
            self.publishBitrate = publishBitrate
        }
    }

    /// How a client whose connection broke comes back as the same participant.
    public struct Resumption: Sendable, Hashable {
        /// What to say in the next `hello`. A secret: whoever knows it takes the participant's place.
        public var token: String
        /// Seconds for which the server keeps the participant's place after the connection broke.
        public var seconds: Int
        /// The own tracks that go on, where this session continues an earlier one; `nil` where it does not.
        public var tracks: [TrackID]?

        /// A resumption from its parts.
        public init(token: String, seconds: Int, tracks: [TrackID]? = nil) {
            self.token = token
            self.seconds = seconds
            self.tracks = tracks
        }
    }

    /// The client's own participant identifier.
    public var participant: String
    /// The room.
    public var room: String
    /// What is allowed.
    public var limits: Limits
    /// Whether the room is recorded.
    public var recording: RecordingState
    /// Why recording stopped or failed.
    public var recordingReason: String?
    /// How to come back; `nil` where the client did not ask for it.
    public var resumption: Resumption?

    /// A welcome from its parts.
    public init(
        participant: String, room: String, limits: Limits, recording: RecordingState,
        recordingReason: String?,
        resumption: Resumption? = nil
    ) {
        self.participant = participant
        self.room = room
        self.limits = limits
        self.recording = recording
        self.recordingReason = recordingReason
        self.resumption = resumption
    }
}

extension Welcome: Decodable {
    /// Reads the fields of a `welcome`.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: MessageField.self)
        let limits = try fields.nestedContainer(keyedBy: MessageField.self, forKey: .limits)
        let recording = try fields.nestedContainer(keyedBy: MessageField.self, forKey: .recording)
        self.init(
            participant: try fields.decode(String.self, forKey: .participant),
            room: try fields.decode(String.self, forKey: .room),
            limits: Limits(
                frameBytes: try limits.decode(Int.self, forKey: .frameBytes),
                controlBytes: try limits.decode(Int.self, forKey: .controlBytes),
                tracks: try limits.decode(Int.self, forKey: .tracks),
                layers: try limits.decodeIfPresent(Int.self, forKey: .layers) ?? 1,
                chatBytes: try limits.decode(Int.self, forKey: .chatBytes),
                idleSeconds: try limits.decode(Int.self, forKey: .idleSeconds),
                publishBitrate: try limits.decodeIfPresent(Int.self, forKey: .publishBitrate)),
            recording: try recording.recordingState(),
            recordingReason: try recording.decodeIfPresent(String.self, forKey: .reason),
            resumption: try Self.resumption(fields))
    }

    private static func resumption(
        _ fields: KeyedDecodingContainer<MessageField>
    ) throws -> Resumption? {
        guard let token = try fields.resume() else { return nil }
        return Resumption(
            token: token, seconds: try fields.decode(Int.self, forKey: .resumeSeconds),
            tracks: try fields.tracks())
    }

    func write(to writer: inout JSONObjectWriter) {
        writer.write(.participant, participant)
        writer.write(.room, room)
        writer.write(.limits) {
            $0.write(.frameBytes, limits.frameBytes)
            $0.write(.controlBytes, limits.controlBytes)
            $0.write(.tracks, limits.tracks)
            $0.write(.layers, limits.layers)
            $0.write(.chatBytes, limits.chatBytes)
            $0.write(.idleSeconds, limits.idleSeconds)
            if let bitrate = limits.publishBitrate { $0.write(.publishBitrate, bitrate) }
        }
        writer.write(.recording) {
            $0.write(.state, recording.rawValue)
            $0.write(.reason, recordingReason)
        }
        guard let resumption else { return }
        writer.write(.resume, resumption.token)
        writer.write(.resumeSeconds, resumption.seconds)
        if let tracks = resumption.tracks { writer.write(.tracks, tracks.map(\.rawValue)) }
    }
}

extension KeyedDecodingContainer<MessageField> {
    func recordingState() throws -> RecordingState {
        let text = try decode(String.self, forKey: .state)
        guard let state = RecordingState(rawValue: text) else {
            throw WireError(.badMessage, "The recording state \"\(text.prefix(40))\" is not known.")
        }
        return state
    }
}
