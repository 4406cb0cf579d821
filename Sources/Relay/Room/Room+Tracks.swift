import Media
import NIOCore
import Wire

extension Room {
    /// Gives a track its number, tells everybody, and then the publisher: so nobody sees media of an unknown track.
    ///
    /// A layer is told as such, so that who does not know of layers takes no note of it; and it is not recorded.
    func publish(
        _ connection: ConnectionHandler, ref: UInt32, description: TrackDescription, layerOf top: TrackID?
    ) {
        home.execute {
            guard let member = self.members[ObjectIdentifier(connection)] else { return }
            // The session has checked it; it can only have ended meanwhile.
            if let top, self.tracks[top] == nil {
                let error = WireError(.unknownTrack, "Track \(top) has ended.")
                return connection.loop.execute { connection.declined(ref: ref, layerOf: top, error) }
            }
            guard self.tracks.count < WireLimits.maximumTracksPerRoom else {
                let error = WireError(
                    .tooManyTracks,
                    "The room has \(WireLimits.maximumTracksPerRoom) tracks and takes no more. Try again later."
                )
                return connection.loop.execute { connection.declined(ref: ref, layerOf: top, error) }
            }
            guard top != nil || self.takeFile(for: member.id, description.source) else {
                return connection.loop.execute {
                    connection.declined(ref: ref, layerOf: top, Self.tooManySources)
                }
            }
            let id = TrackID(rawValue: self.nextTrack)
            self.nextTrack &+= 1
            let interval = Int64(self.relay.configuration.keyframeRequestIntervalInMilliseconds) * 1_000_000
            self.tracks[id] = Track(
                owner: connection, participant: member.id, description: description, top: top,
                keyframes: KeyframeCoalescer(interval: interval))
            self.members[ObjectIdentifier(connection)]?.tracks.append(id)
            if top == nil { self.tap?.trackAdded(id, participant: member.id, description: description) }
            let message = self.announcement(of: id)
            let traits = TrackTraits(description, layerOf: top)
            self.forEachShard {
                $0.broadcast(message, except: ObjectIdentifier(connection))
                $0.addTrack(id, traits, owner: connection, awaitsSeed: false)
            }
            connection.loop.execute {
                connection.published(ref: ref, track: id, description: description, layerOf: top)
            }
        }
    }

    /// What a source's recording needs, unless another track of the source has it already. Taken whether the room is recorded
    /// at present or not: anybody may start that. The first source needs the room's journal too.
    /// - Returns: `false` where the process may not open as many files.
    private func takeFile(for participant: String, _ source: String) -> Bool {
        guard tap != nil else { return true }
        let key = "\(participant)/\(source)"
        guard files[key] != nil || relay.takeFiles(files.isEmpty ? 2 : 1) else { return false }
        files[key, default: 0] += 1
        return true
    }

    private func giveFileBack(of participant: String, _ source: String) {
        let key = "\(participant)/\(source)"
        guard let tracks = files[key] else { return }
        files[key] = tracks > 1 ? tracks - 1 : nil
        if tracks == 1 { relay.giveFilesBack(files.isEmpty ? 2 : 1) }
    }

    private static let tooManySources = WireError(
        .tooManySources,
        "The server can open no more files for recordings. Publish it as a track of a source that you have, or try "
            + "again later.")

    /// What the others are told of a track that is there.
    func announcement(of id: TrackID) -> ByteBuffer {
        guard let track = tracks[id] else { return ByteBuffer() }
        let description = WireTrack(track.description)
        if let top = track.top {
            return ServerMessage.layer(id, of: top, description: description).encoded()
        }
        return ServerMessage.track(id, participant: track.participant, description: description).encoded()
    }

    /// Ends a track.
    func unpublish(_ track: TrackID) {
        home.execute { self.unpublishNow(track) }
    }

    /// Ends a track. On the home loop.
    func unpublishNow(_ track: TrackID) {
        guard let owner = tracks[track]?.owner else { return }
        members[ObjectIdentifier(owner)]?.tracks.removeAll { $0 == track }
        removeTrack(track)
    }

    /// Forgets a track, after its layer, and tells everybody but its publisher. On the home loop.
    func removeTrack(_ track: TrackID) {
        home.preconditionInEventLoop()
        for layer in tracks.filter({ $0.value.top == track }).keys { unpublishNow(layer) }
        guard let gone = tracks.removeValue(forKey: track) else { return }
        if gone.top == nil {
            tap?.trackRemoved(track)
            giveFileBack(of: gone.participant, gone.description.source)
        }
        let message = (gone.top == nil ? ServerMessage.untrack(track) : .unlayer(track)).encoded()
        let owner = ObjectIdentifier(gone.owner)
        forEachShard {
            $0.removeTrack(track)
            $0.broadcast(message, except: owner)
        }
    }

    /// Keeps a track's clock for those who join later, and passes it on.
    func clock(_ track: TrackID, pts: Int64, time: Int64) {
        home.execute {
            guard let owner = self.tracks[track]?.owner else { return }
            self.tracks[track]?.clock = (pts, time)
            self.tap?.clock(track, pts: pts, serverTime: time)
            self.broadcast(.clock(track: track, pts: pts, time: time), except: owner)
        }
    }

    /// Keeps whether a track is muted, and passes it on.
    func mute(_ track: TrackID, _ isMuted: Bool) {
        home.execute {
            guard let entry = self.tracks[track], entry.isMuted != isMuted else { return }
            self.tracks[track]?.isMuted = isMuted
            self.broadcast(
                .muted(track: track, participant: entry.participant, muted: isMuted), except: entry.owner)
        }
    }

    /// Asks the publisher of a video track for a keyframe, not more often than configured.
    func requestKeyframe(_ track: TrackID) {
        home.execute {
            guard let entry = self.tracks[track], entry.description.kind == .video else { return }
            switch self.tracks[track]?.keyframes.request(now: self.relay.clock.now()) {
            case .ask: self.ask(entry.owner, for: track)
            case .wait(let nanoseconds):
                self.home.scheduleTask(in: .nanoseconds(nanoseconds)) {
                    guard let owner = self.tracks[track]?.owner else { return }
                    self.tracks[track]?.keyframes.fire(now: self.relay.clock.now())
                    self.ask(owner, for: track)
                }
            case .covered, nil: break
            }
        }
    }

    private func ask(_ owner: ConnectionHandler, for track: TrackID) {
        guard members[ObjectIdentifier(owner)]?.absence == nil else { return }
        let message = ServerMessage.keyframe(track).encoded()
        owner.loop.execute { owner.askForKeyframe(message) }
    }
}
