import Media
import NIOCore
import Wire

extension ClientHandler {
    /// Brings the roster up to date and says what happened; `nil` where it is of no interest.
    func event(for message: ServerMessage) -> RoomEvent? {
        switch message {
        case .joined(let id, let name): return roster.join(id, name: name)
        case .left(let id, let reason): return roster.leave(id, reason: reason)
        case .track(let id, let participant, let track):
            guard let description = try? track.description() else { return nil }
            return roster.add(id, participant: participant, description: description, clock: clock)
        case .untrack(let id):
            sequences[id] = nil
            return roster.remove(id)
        case .clock(let id, let pts, let time):
            guard let track = roster.track(id) else { return nil }
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

    /// Tells `handler` what is known, then everything that comes.
    func attach(_ handler: any SubscribeHandler, receivesMedia: Bool) {
        loop.preconditionInEventLoop()
        for event in roster.replay() { handler.handle(event) }
        if shared.isClosed {
            handler.handle(.closed(reason ?? .finished))
            return
        }
        subscriber = handler
        if receivesMedia { outbound?.send(.subscribe(tracks: nil)) }
    }

    // MARK: Publishing

    /// Offers a track; the promise is kept when the server has answered.
    func publish(_ description: TrackDescription, origin: MonotonicTime, promise: EventLoopPromise<TrackID>) {
        loop.preconditionInEventLoop()
        guard reason == nil, let outbound else {
            promise.fail(ClientError.closed(reason ?? .finished))
            return
        }
        let ref = nextRef
        nextRef &+= 1
        pending[ref] = Pending(description: description, origin: origin, promise: promise)
        outbound.send(.publish(ref: ref, track: WireTrack(description)))
        let seconds = configuration.publishTimeoutInSeconds
        loop.scheduleTask(in: .nanoseconds(Int64(seconds * 1e9))) {
            guard let entry = self.pending.removeValue(forKey: ref) else { return }
            entry.promise.fail(ClientError.timedOut(what: "publishing a track", seconds: seconds))
        }
    }

    /// The server accepted a track. Its clock goes out before its first packet.
    func accepted(_ ref: UInt32, _ track: TrackID) {
        guard let entry = pending.removeValue(forKey: ref) else {
            outbound?.send(.unpublish(track: track))
            return
        }
        published[track] = Published(description: entry.description, origin: entry.origin)
        outbound?.open(track, entry.description)
        outbound?.send(.clock(track: track, pts: 0, time: shared.serverTime(at: entry.origin)))
        entry.promise.succeed(track)
    }

    func setOrigin(_ origin: MonotonicTime, of track: TrackID) {
        loop.preconditionInEventLoop()
        published[track]?.origin = origin
    }

    func unpublish(_ track: TrackID) {
        loop.preconditionInEventLoop()
        published[track] = nil
    }

    /// Ties the present PTS of every published track to the server's clock, as it is known by now.
    func sendClocks() {
        let now = clock.now()
        for (id, track) in published {
            let pts = TimeBase.nanoseconds.rescale(now - track.origin, to: track.description.timeBase)
            // The PTS is a whole tick: give the instant of that tick, not of now.
            let elapsed = track.description.timeBase.rescale(pts, to: .nanoseconds)
            outbound?.send(.clock(track: id, pts: pts, time: shared.serverTime(at: track.origin + elapsed)))
        }
    }
}
