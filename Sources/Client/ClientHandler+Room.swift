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
            sequences[id] = nil
            return roster.remove(id)
        case .clock(let id, let pts, let time):
            guard let track = roster.track(id) else { return nil }
            guard shared.isSynchronised else {
                untimed[id] = (pts, time)
                return nil
            }
            track.clock.anchor(pts: pts, at: shared.localTime(ofServer: time))
            return .clock(id)
        case .dropped(let track, let count, let reason):
            return .dropped(track: track, count: count, reason: reason)
        case .muted(let track, let participant, let isMuted):
            return roster.mute(track, participant: participant, muted: isMuted)
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
            track.clock.anchor(pts: said.pts, at: shared.localTime(ofServer: said.time))
            return .clock(id)
        }
    }

    /// Tells `handler` what is known, then everything that comes.
    func attach(_ handler: any SubscribeHandler, receivesMedia: Bool) {
        loop.preconditionInEventLoop()
        for event in roster.replay() { handler.handle(event) }
        if shared.isClosed {
            handler.handle(.closed(reason ?? .finished))
            return
        }
        subscriber = handler
        if let outage { handler.handle(.interrupted(outage.reason)) }
        self.receivesMedia = receivesMedia
        if receivesMedia { outbound.send(.subscribe(tracks: nil)) }
    }

    /// Starts or stops media of some tracks, also after a connection that was made again.
    func subscribe(_ isWanted: Bool, _ tracks: [TrackID]) {
        loop.preconditionInEventLoop()
        if isWanted { excluded.subtract(tracks) } else { excluded.formUnion(tracks) }
        outbound.send(isWanted ? .subscribe(tracks: tracks) : .unsubscribe(tracks: tracks))
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
        outbound.send(.publish(ref: ref, track: WireTrack(track.description)))
        return ref
    }

    /// The server accepted a track. Its clock goes out before its first packet.
    func accepted(_ ref: UInt32, _ number: TrackID) {
        let entry = pending.removeValue(forKey: ref)
        // Whoever unpublished it meanwhile does not want it any more.
        guard let entry, entry.existing.map({ published[$0] != nil }) ?? true else {
            return outbound.send(.unpublish(track: number))
        }
        let track = entry.existing ?? unused(number)
        published[track] = Published(
            description: entry.description, origin: published[track]?.origin ?? entry.origin, number: number)
        outbound.send(.clock(track: number, pts: 0, time: shared.serverTime(at: entry.origin)))
        outbound.open(track, entry.description, number: number)
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
        published[id] = nil
        outbound.unpublish(id)
        subscriber?.handle(.warning(code: code, message: text))
    }

    func setOrigin(_ origin: MonotonicTime, of track: TrackID) {
        loop.preconditionInEventLoop()
        published[track]?.origin = origin
    }

    func unpublish(_ track: TrackID) {
        loop.preconditionInEventLoop()
        // Again: a connection that was made meanwhile has opened it anew.
        outbound.unpublish(track)
        published[track] = nil
    }

    /// Ties the present PTS of every published track to the server's clock, as it is known by now.
    func sendClocks() { for track in published.values { sendClock(track) } }

    func sendClock(_ track: Published) {
        guard let number = track.number else { return }
        let pts = TimeBase.nanoseconds.rescale(clock.now() - track.origin, to: track.description.timeBase)
        // The PTS is a whole tick: give the instant of that tick, not of now.
        let elapsed = track.description.timeBase.rescale(pts, to: .nanoseconds)
        outbound.send(
            .clock(track: number, pts: pts, time: shared.serverTime(at: track.origin + elapsed)))
    }
}
