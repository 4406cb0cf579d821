import Media
import NIOCore
import Wire

extension ClientHandler {
    /// Brings the roster up to date and says what happened; nothing where it is of no interest.
    func events(for message: ServerMessage) -> [RoomEvent] {
        switch message {
        case .track(let id, let participant, let track):
            guard let description = try? track.description() else { return [] }
            return roster.add(id, participant: participant, description: description, clock: clock)
        default: return event(for: message).map { [$0] } ?? []
        }
    }

    private func event(for message: ServerMessage) -> RoomEvent? {
        switch message {
        case .joined(let id, let name): return roster.join(id, name: name)
        case .left(let id, let reason): return roster.leave(id, reason: reason)
        case .away(let id): return roster.setAway(id, true)
        case .back(let id): return roster.setAway(id, false)
        case .untrack(let id):
            excluded.remove(id)
            maximumHeights[id] = nil
            requests.forget(id)
            sequences[id] = nil
            layers.removeTrack(id)
            return roster.remove(id)
        case .layer(let id, let top, _):
            // One size more is all that there may be.
            if roster.track(top) != nil, layers.numbers(of: top).count < WireLimits.maximumLayersPerTrack {
                layers.add(id, of: top)
            }
            return nil
        case .unlayer(let id):
            sequences[id] = nil
            layers.remove(id)
            return nil
        case .clock(let id, let pts, let time):
            guard let track = roster.track(id) else { return nil }
            guard state.isSynchronised else {
                untimed[id] = (pts, time)
                return nil
            }
            track.clock.anchor(pts: pts, at: state.localTime(ofServer: time))
            return .clock(id)
        case .dropped(let track, let count, let reason):
            return .dropped(track: layers.top(of: track), count: count, reason: reason)
        case .muted(let track, _, let isMuted): return roster.mute(track, muted: isMuted)
        case .chat(let from, let name, let text, let time):
            return .chat(ChatMessage(from: from, name: name, text: text, time: time))
        case .recording(let state, let reason): return roster.setRecording(state, reason: reason)
        default: return nil
        }
    }

    /// The server's clock is known: what waited for it.
    func anchorUntimed() -> [RoomEvent] {
        guard !untimed.isEmpty else { return [] }
        defer { untimed = [:] }
        return untimed.sorted { $0.key < $1.key }.compactMap { id, said in
            guard let track = roster.track(id) else { return nil }
            track.clock.anchor(pts: said.pts, at: state.localTime(ofServer: said.time))
            return .clock(id)
        }
    }

    /// Tells `handler` what is known, then everything that comes.
    func attach(_ handler: any SubscribeHandler, receivesMedia: Bool, maximumHeight: Int?) {
        loop.preconditionInEventLoop()
        for event in roster.replay() { handler.handle(event) }
        if state.isClosed {
            handler.handle(.closed(reason ?? .finished))
            return
        }
        subscriber = handler
        if let outage { handler.handle(.interrupted(outage.reason)) }
        self.receivesMedia = receivesMedia
        self.maximumHeight = maximumHeight
        if receivesMedia { outbound.send(.subscribe(tracks: nil, maximumHeight: maximumHeight)) }
    }

    /// Starts media of some tracks, also after a connection that was made again.
    func subscribe(_ tracks: [TrackID], maximumHeight: Int?) {
        loop.preconditionInEventLoop()
        // What was not wanted has not been lost.
        for track in tracks where excluded.remove(track) != nil {
            for number in layers.numbers(of: track) { sequences[number]?.restart() }
        }
        for track in tracks where roster.track(track) != nil {
            maximumHeights.updateValue(maximumHeight, forKey: track)
        }
        requests.want(tracks, maximumHeight: maximumHeight)
        sendRequests()
    }

    /// Stops media of some tracks.
    func unsubscribe(_ tracks: [TrackID]) {
        loop.preconditionInEventLoop()
        excluded.formUnion(tracks)
        requests.refuse(tracks)
        sendRequests()
    }

    /// Asks for a keyframe of a track, in the size that comes at present.
    func requestKeyframe(_ track: TrackID) {
        loop.preconditionInEventLoop()
        requests.wantKeyframe(track)
        sendRequests()
    }

    /// Asks for what may be asked for now, and for the rest later.
    private func sendRequests() {
        for message in requests.take(now: clock.now(), number: { layers.number(of: $0) }) {
            outbound.send(message)
        }
        guard !requests.isEmpty, requestTimer == nil, reason == nil else { return }
        requestTimer = loop.scheduleTask(in: .milliseconds(TrackRequests.interval)) { [weak self] in
            self?.requestTimer = nil
            self?.sendRequests()
        }
    }

    /// Asks again for what was wanted before the connection was made again.
    func restoreSubscriptions() {
        requests.removeAll()
        guard receivesMedia else { return }
        outbound.send(.subscribe(tracks: nil, maximumHeight: maximumHeight))
        for (height, tracks) in Dictionary(grouping: maximumHeights.keys, by: { maximumHeights[$0] ?? nil }) {
            let present = tracks.filter { roster.track($0) != nil && !excluded.contains($0) }
            if !present.isEmpty { outbound.send(.subscribe(tracks: present, maximumHeight: height)) }
        }
        let unwanted = excluded.filter { roster.track($0) != nil }
        if !unwanted.isEmpty { outbound.send(.unsubscribe(tracks: Array(unwanted))) }
    }

    // MARK: Publishing

    /// Offers a track; the promise is kept when the server has answered.
    func publish(_ description: TrackDescription, origin: MonotonicTime, promise: EventLoopPromise<TrackID>) {
        loop.preconditionInEventLoop()
        guard reason == nil else {
            promise.fail(ClientError.closed(reason ?? .finished))
            return
        }
        let ref = offer(Pending(description: description, origin: origin, promise: promise))
        limitWait(for: ref)
    }

    /// Offers a smaller version of a track; the promise is kept when the server has answered.
    func publish(layer description: TrackDescription, of top: TrackID, promise: EventLoopPromise<TrackID>) {
        loop.preconditionInEventLoop()
        guard reason == nil else { return promise.fail(ClientError.closed(reason ?? .finished)) }
        guard let track = published[top] else { return promise.fail(Self.notPublished(top)) }
        // A server that does not know layers would never answer.
        guard state.welcome?.limits.layers ?? 1 > 1 else { return promise.fail(ClientError.noLayers) }
        let ref = offer(Pending(description: description, origin: track.origin, promise: promise, top: top))
        limitWait(for: ref)
    }

    private static func notPublished(_ track: TrackID) -> ClientError {
        .refused(code: "unknown_track", message: "Track \(track) is not published.")
    }

    /// Gives an offer up where the server does not answer. While the connection is broken nobody could.
    func limitWait(for ref: UInt32) {
        let seconds = configuration.publishTimeoutInSeconds
        loop.scheduleTask(in: .nanoseconds(Int64(seconds * 1e9))) {
            guard self.outage == nil, let entry = self.pending.removeValue(forKey: ref) else { return }
            entry.promise?.fail(ClientError.timedOut(what: "publishing a track", seconds: seconds))
        }
    }

    /// - Returns: the `ref` under which the server answers.
    @discardableResult
    func offer(_ track: Pending) -> UInt32 {
        let ref = nextRef
        nextRef &+= 1
        pending[ref] = track
        sendOffer(ref, track)
        return ref
    }

    /// Says what is offered. A layer whose track has no number yet is offered when it gets one.
    func sendOffer(_ ref: UInt32, _ track: Pending) {
        let description = WireTrack(track.description)
        guard let top = track.top else { return outbound.send(.publish(ref: ref, track: description)) }
        guard let number = published[top]?.number else { return }
        outbound.send(.layer(ref: ref, of: number, track: description))
    }

    /// The server accepted a track. Its clock goes out before its first packet.
    func accepted(_ ref: UInt32, _ number: TrackID) {
        let entry = pending.removeValue(forKey: ref)
        if let entry, let top = entry.top, published[top] == nil {
            // The track was unpublished meanwhile; for the server the layer has ended with it.
            entry.promise?.fail(Self.notPublished(top))
            return
        }
        // Whoever unpublished it meanwhile does not want it any more.
        guard let entry, entry.existing.map({ published[$0] != nil }) ?? true else {
            return outbound.send(.unpublish(track: number))
        }
        let track = entry.existing ?? unused(number)
        published[track] = Published(
            description: entry.description, origin: published[track]?.origin ?? entry.origin, number: number,
            top: entry.top)
        if entry.top == nil {
            outbound.send(.clock(track: number, pts: 0, time: state.serverTime(at: entry.origin)))
            for (ref, layer) in pending where layer.top == track { sendOffer(ref, layer) }
        }
        outbound.open(track, entry.description, number: number, top: entry.top)
        if entry.existing != nil { onKeyframeRequest?(track) }
        entry.promise?.succeed(track)
    }

    /// The number that the server gave, unless a track that was published over an earlier connection still has it here.
    private func unused(_ number: TrackID) -> TrackID {
        var track = number
        while published[track] != nil { track = TrackID(rawValue: track.rawValue &- 1) }
        return track
    }

    /// The server refused a track. One that was published before a connection broke ends here.
    func refused(_ track: Pending, code: String, text: String) {
        track.promise?.fail(ClientError.refused(code: code, message: text))
        guard let id = track.existing else { return }
        forget(id)
        subscriber?.handle(.warning(code: code, message: text))
    }

    func setOrigin(_ origin: MonotonicTime, of track: TrackID) {
        loop.preconditionInEventLoop()
        published[track]?.origin = origin
    }

    func unpublish(_ track: TrackID) {
        loop.preconditionInEventLoop()
        // Again: a connection that was made meanwhile has opened it anew.
        forget(track)
    }

    /// Ends a track here, and its layer with it.
    private func forget(_ track: TrackID) {
        outbound.unpublish(track)
        published[track] = nil
        published = published.filter { $0.value.top != track }
    }

    /// Ties the present PTS of every published track to the server's clock, as it is known by now.
    func sendClocks() { for track in published.values { sendClock(track) } }

    func sendClock(_ track: Published) {
        guard let number = track.number, track.top == nil else { return }
        let pts = TimeBase.nanoseconds.rescale(clock.now() - track.origin, to: track.description.timeBase)
        // The PTS is a whole tick: give the instant of that tick, not of now.
        let elapsed = track.description.timeBase.rescale(pts, to: .nanoseconds)
        outbound.send(
            .clock(track: number, pts: pts, time: state.serverTime(at: track.origin + elapsed)))
    }
}
