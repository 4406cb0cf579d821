public import Media

/// The server's side of one connection: what may come when, and what follows from it.
///
/// Pure: no socket and no clock. The connection feeds what happens and carries out the actions, in their order.
///
/// ```
/// awaitingHello ──hello──▶ joining ──admitted──▶ joined ──bye, eof, timeout, error──▶ closed
///       └───────────────────────┴── error, eof, timeout ──▶ closed
/// ```
public struct ServerSession: Sendable {
    /// What happened.
    public enum Input: Sendable {
        /// A complete frame came, at this instant of any monotonic clock. Not to be fed while ``isWaiting``.
        case frame(Frame, now: MonotonicTime)
        /// The bytes that came are no frame.
        case undecodable(WireError)
        /// The peer closed the connection.
        case eof
        /// No hello came in time.
        case helloTimeout
        /// No complete frame came in time.
        case idleTimeout
        /// The room let the client in; with the tracks of the session that this one continues, if it does.
        case admitted(Welcome, PublishedTracks? = nil)
        /// The room did not let the client in.
        case refused(WireError)
        /// The room accepted a track.
        case published(ref: UInt32, track: TrackID, description: TrackDescription, layerOf: TrackID? = nil)
        /// The room did not take a track, or a layer of `layerOf`.
        case declined(ref: UInt32, layerOf: TrackID? = nil, WireError)
        /// The server ends the session; the reason goes to the client, with the milliseconds after which it may come
        /// back where it is to.
        case end(reason: String, retryAfter: Int? = nil)
    }

    /// What the connection has to do.
    public enum Action: Sendable {
        /// Ask the room to let the client in; the answer is ``Input/admitted(_:_:)`` or ``Input/refused(_:)``. `resume`
        /// is as in ``ClientMessage/hello(protocolVersion:room:name:resume:)``.
        case join(room: String, name: String, resume: String?)
        /// Send a message to this client.
        case send(ServerMessage)
        /// Answer a ping with the server's clock.
        case pong(time: Int64)
        /// Ask the room for a track number, of a layer where `layerOf` says so; the answer is
        /// ``Input/published(ref:track:description:layerOf:)`` or ``Input/declined(ref:layerOf:_:)``.
        case publish(ref: UInt32, description: TrackDescription, layerOf: TrackID?)
        /// End an own track.
        case unpublish(TrackID)
        /// Deliver media of these tracks, or of all.
        case subscribe([TrackID]?, maximumHeight: Int?)
        /// Stop delivering.
        case unsubscribe([TrackID]?)
        /// Ask a publisher for a keyframe.
        case keyframe(TrackID)
        /// Pass on an own track's clock.
        case clock(TrackID, pts: Int64, time: Int64)
        /// Pass on an own track's mute.
        case mute(TrackID, Bool)
        /// Pass on a line of chat.
        case chat(String)
        /// Ask the room to start, stop or pause its recording.
        case record(RecordingAction)
        /// Relay a packet of an own track.
        case media(MediaHeader, MediaKind, Frame)
        /// Leave the room, if in one; the reason goes to the others.
        case leave(reason: String)
        /// Send what is queued, then close the connection.
        case close
    }

    private enum State { case awaitingHello, joining, joined, closed }

    private let limits: SessionLimits
    private var state = State.awaitingHello
    private var tracks = PublishedTracks()
    private var hasJoined = false
    private var pendingPublishes = 0
    private var messages: TokenBucket
    private var packets = TokenBucket(
        burst: 2 * WireLimits.packetsPerSecond, perSecond: WireLimits.packetsPerSecond)
    private var media: TokenBucket?
    private var chats = TokenBucket(burst: 50, perSecond: 10)
    private var recordings = TokenBucket(burst: 10, perSecond: 1)

    /// A session before its hello.
    public init(limits: SessionLimits = SessionLimits()) {
        self.limits = limits
        messages = TokenBucket(burst: limits.messageBurst, perSecond: limits.controlMessagesPerSecond)
        guard limits.publishBitsPerSecond > 0 else { return }
        media = TokenBucket(burst: limits.publishBurst, perSecond: limits.publishBitsPerSecond / 8)
    }

    /// Whether frames must wait until the room has answered.
    public var isWaiting: Bool { state == .joining }

    /// Whether a hello is still to come.
    public var needsHello: Bool { state == .awaitingHello }

    /// The error that a media frame would be at present, already at its header; `nil` where media may come. So that
    /// nobody makes the server hold large frames who has not published a track.
    public var mediaRefusal: WireError? {
        switch state {
        case .joined:
            tracks.isEmpty ? WireError(.unknownTrack, "Media came, but no track is published.") : nil
        case .awaitingHello, .joining: WireError(.badState, "Media came before the hello.")
        case .closed: nil
        }
    }

    /// The tracks that are published, for a session that continues this one; `nil` where the room did not let the
    /// client in.
    public var publishedTracks: PublishedTracks? { hasJoined ? tracks : nil }

    /// Whether the session is over; every input is then ignored.
    public var isClosed: Bool { state == .closed }

    /// The server stood still for so many nanoseconds: what the client sent meanwhile may come at once.
    public mutating func excuse(_ nanoseconds: Int64) {
        messages.excuse(nanoseconds)
        packets.excuse(nanoseconds)
        media?.excuse(nanoseconds)
        chats.excuse(nanoseconds)
        recordings.excuse(nanoseconds)
    }

    /// Takes what happened and says what to do about it.
    public mutating func handle(_ input: Input) -> [Action] {
        guard state != .closed else { return [] }
        switch input {
        case .frame(let frame, let now):
            do throws(WireError) { return try handle(frame, now) } catch { return fail(error) }
        case .undecodable(let error), .refused(let error): return fail(error)
        case .eof: return close(reason: "disconnected", [])
        case .helloTimeout:
            guard state == .awaitingHello else { return [] }
            return fail(WireError(.helloTimeout, "No hello came in time. Send it first."))
        case .idleTimeout:
            return fail(WireError(.idleTimeout, "Nothing came for too long. Send a ping every few seconds."))
        case .admitted(let welcome, let continued):
            guard state == .joining else { return [] }
            state = .joined
            hasJoined = true
            tracks = continued?.awaitingKeyframes() ?? PublishedTracks()
            return [.send(.welcome(welcome))]
        case .published(let ref, let track, let description, let top):
            pendingPublishes -= 1
            tracks.add(track, description, layerOf: top)
            return [.send(.published(ref: ref, track: track))]
        case .declined(let ref, let top, let error):
            pendingPublishes -= 1
            if let top { tracks.withdrawOffer(of: top) }
            return [.send(.refusal(error, fatal: false, ref: ref))]
        case .end(let reason, let retryAfter):
            return close(reason: reason, [.send(.bye(reason: reason, retryAfter: retryAfter))])
        }
    }

    private mutating func handle(_ frame: Frame, _ now: MonotonicTime) throws(WireError) -> [Action] {
        switch frame.body {
        case .media(let header, _):
            if let error = mediaRefusal { throw error }
            guard packets.take(now: now) else {
                throw WireError(
                    .tooManyMessages, "Packets came faster than \(WireLimits.packetsPerSecond) a second.")
            }
            guard media?.take(now: now, cost: frame.bytes.readableBytes) ?? true else {
                throw WireError(
                    .tooMuchMedia,
                    "Media came faster than \(limits.publishBitsPerSecond) bit/s. Publish at a lower bitrate."
                )
            }
            guard let kind = try tracks.check(header) else { return [] }
            return [.media(header, kind, frame)]
        case .control(let json):
            let cost = 1 + json.readableBytes / WireLimits.controlBytesPerMessage
            guard messages.take(now: now, cost: cost) else {
                throw WireError(
                    .tooManyMessages,
                    "Control messages came faster than \(limits.controlMessagesPerSecond) a second; long ones "
                        + "count more than once.")
            }
            let message = try ClientMessage(json: json)
            switch state {
            case .awaitingHello: return try handleHello(message)
            case .joined: return try handleJoined(message, now)
            case .joining, .closed: throw WireError(.badState, "A message came while joining.")
            }
        }
    }

    private mutating func handleHello(_ message: ClientMessage) throws(WireError) -> [Action] {
        guard case .hello(let version, let room, let name, let resume) = message else {
            if case .unknown = message { return [] }
            if case .bye = message { return close(reason: "bye", []) }
            throw WireError(.badState, "The message \"\(message.type)\" came before the hello.")
        }
        guard version == WireLimits.protocolVersion else {
            throw WireError(
                .unsupportedVersion,
                "Protocol version \(version) is not supported; this server speaks version "
                    + "\(WireLimits.protocolVersion).")
        }
        if let problem = NameRules.problem(ofRoom: room) {
            throw WireError(.badRoom, "The room's name is refused: \(problem).")
        }
        if let problem = NameRules.problem(ofName: name) {
            throw WireError(.badName, "The name is refused: \(problem).")
        }
        state = .joining
        return [.join(room: room, name: name, resume: resume)]
    }

    private mutating func handleJoined(
        _ message: ClientMessage, _ now: MonotonicTime
    ) throws(WireError) -> [Action] {
        switch message {
        case .hello: throw WireError(.badState, "A second hello came.")
        case .publish(let ref, let track): return publish(ref, track)
        case .layer(let ref, let top, let track): return publish(ref, track, layerOf: top)
        case .unpublish(let track):
            guard tracks.remove(track) else { return [unknown(track)] }
            return [.unpublish(track)]
        case .subscribe(let tracks, let height): return [.subscribe(tracks, maximumHeight: height)]
        case .unsubscribe(let tracks): return [.unsubscribe(tracks)]
        case .keyframe(let track): return [.keyframe(track)]
        case .clock(let track, let pts, let time):
            return try clock(track, pts: pts, time: time)
        case .mute(let track, let muted):
            return mute(track, muted)
        case .chat(let text): return [chat(text, now)]
        case .record(let action): return [record(action, now)]
        case .ping(let time): return [.pong(time: time)]
        case .bye: return close(reason: "bye", [])
        case .unknown: return []
        }
    }

    private mutating func publish(
        _ ref: UInt32, _ track: WireTrack, layerOf top: TrackID? = nil
    ) -> [Action] {
        do throws(WireError) {
            let description = try track.description()
            guard tracks.count + pendingPublishes < limits.tracks else {
                throw WireError(
                    .tooManyTracks, "At most \(limits.tracks) tracks are allowed. Unpublish one first.")
            }
            if let top { try tracks.offer(layer: description, of: top) }
            pendingPublishes += 1
            return [.publish(ref: ref, description: description, layerOf: top)]
        } catch {
            return [.send(.refusal(error, fatal: false, ref: ref))]
        }
    }

    private mutating func chat(_ text: String, _ now: MonotonicTime) -> Action {
        if let problem = NameRules.problem(ofChat: text) {
            return .send(
                .refusal(WireError(.badChat, "The line of chat is refused: \(problem)."), fatal: false))
        }
        guard chats.take(now: now) else {
            let error = WireError(.tooManyMessages, "Chat came faster than 10 lines a second.")
            return .send(.refusal(error, fatal: false))
        }
        return .chat(text)
    }

    private mutating func record(_ action: RecordingAction, _ now: MonotonicTime) -> Action {
        guard recordings.take(now: now) else {
            let error = WireError(.tooManyMessages, "The recording was controlled more than once a second.")
            return .send(.refusal(error, fatal: false))
        }
        return .record(action)
    }

    /// A layer has the clock of its track.
    private func clock(_ id: TrackID, pts: Int64, time: Int64) throws(WireError) -> [Action] {
        guard tracks.contains(id) else { return [unknown(id)] }
        try tracks.check(clock: pts, of: id)
        return tracks.isLayer(id) ? [] : [.clock(id, pts: pts, time: time)]
    }

    private func mute(_ id: TrackID, _ isMuted: Bool) -> [Action] {
        guard tracks.contains(id) else { return [unknown(id)] }
        return tracks.isLayer(id) ? [] : [.mute(id, isMuted)]
    }

    private func unknown(_ track: TrackID) -> Action {
        .send(.refusal(WireError(.unknownTrack, "Track \(track) is not one of your own."), fatal: false))
    }

    private mutating func fail(_ error: WireError) -> [Action] {
        close(reason: error.code.rawValue, [.send(.refusal(error, fatal: true))])
    }

    private mutating func close(reason: String, _ actions: [Action]) -> [Action] {
        state = .closed
        return actions + [.leave(reason: reason), .close]
    }
}
