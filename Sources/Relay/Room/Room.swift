import Logging
import Media
import NIOCore
import Wire

/// One room: who is in it, which tracks there are. Appears with the first join, vanishes with the last leave.
///
/// Control state is confined to the home loop; every public call may come from any thread and hops there, so that
/// calls from one thread take effect in their order. Media does not pass here: see ``RoomShard``.
final class Room: @unchecked Sendable {
    // SAFETY: all mutable state is touched only on `home`, which the methods check.

    struct Member {
        var connection: ConnectionHandler
        let id: String
        let name: String
        /// See ``ResumeClaims/person``.
        let person: UInt64
        var tracks: [TrackID] = []
        /// Proves who comes back; `nil` where the client does not want to.
        var token: String?
        /// What the session that continues a broken one must know.
        var published = PublishedTracks()
        /// Whether it has come back before.
        var hasReturned = false
        /// Set while the connection is broken and its participant may come back.
        var absence: Absence?
    }

    struct Track {
        var owner: ConnectionHandler
        let participant: String
        let description: TrackDescription
        /// The track of which it is a smaller version.
        let top: TrackID?
        var clock: (pts: Int64, time: Int64)?
        var isMuted = false
        var keyframes: KeyframeCoalescer
    }

    let name: String
    let home: any EventLoop
    let relay: RelayContext
    var members: [ObjectIdentifier: Member] = [:]
    var order: [ObjectIdentifier] = []
    var tracks: [TrackID: Track] = [:]
    /// Tracks of each participant's sources, for each of which a file is counted.
    var files: [String: Int] = [:]
    var tap: (any RoomTap)?
    var nextTrack: UInt32 = 1
    private var shards: [(shard: RoomShard, members: Int)] = []
    private var names = ParticipantIDs()
    /// Which meeting it is, for the secrets of those who come back.
    private(set) var meeting = UInt64.random(in: .min ... .max)
    /// Who waits for the end of which connection.
    var successors: [ObjectIdentifier: Successor] = [:]
    var recording: (state: RecordingState, reason: String?) = (.off, nil)
    private var hasBegun = false
    private(set) var isOver = false

    init(name: String, home: any EventLoop, relay: RelayContext) {
        self.name = name
        self.home = home
        self.relay = relay
    }

    /// Lets a connection in; it is told by `admitted` or `refused`. Needs a later ``leave(_:reason:tracks:)`` either way.
    /// - Parameter resume: as in the `hello`.
    func join(_ connection: ConnectionHandler, name: String, resume: String?, address: ClientAddress?) {
        home.execute {
            let claims = resume.flatMap { self.relay.claims(of: $0, room: self.name) }
            if let claims, self.takePlace(connection, claims) { return }
            self.admit(
                connection, name: name, claims: claims, wantsToResume: resume != nil,
                address: address)
        }
    }

    /// Ends a connection's membership, and its hold on the room; or keeps both for a while, where the connection broke
    /// and its participant may come back.
    /// - Parameter tracks: what it published; `nil` where it was not let in.
    func leave(_ connection: ConnectionHandler, reason: String, tracks: PublishedTracks?) {
        home.execute {
            if !self.park(connection, reason: reason, tracks: tracks) { self.end(connection, reason: reason) }
            self.admitSuccessor(of: connection)
        }
    }

    /// Ends a connection's membership and its hold on the room for good. On the home loop.
    func end(_ connection: ConnectionHandler, reason: String) {
        remove(connection, reason: reason)
        guard relay.release(self) else { return }
        isOver = true
        tap?.closed()
        tap = nil
        relay.logger.info("room closed", metadata: ["room": "\(name)"])
    }

    /// Says a line of chat to everybody, the speaker included.
    func chat(_ connection: ConnectionHandler, text: String) {
        home.execute {
            guard let member = self.members[ObjectIdentifier(connection)] else { return }
            let time = self.relay.clock.wallNanoseconds() / 1000
            self.tap?.chat(participant: member.id, name: member.name, text: text, time: time)
            self.broadcast(.chat(from: member.id, name: member.name, text: text, time: time))
        }
    }

    /// Sends a message to everybody but one.
    func broadcast(_ message: ServerMessage, except: ConnectionHandler? = nil) {
        guard !shards.isEmpty else { return }
        let bytes = message.encoded()
        let exception = except.map { ObjectIdentifier($0) }
        forEachShard { $0.broadcast(bytes, except: exception) }
    }

    /// Runs `body` on every shard's loop, in the order of the calls.
    func forEachShard(_ body: @escaping @Sendable (RoomShard) -> Void) {
        home.preconditionInEventLoop()
        for (shard, _) in shards {
            shard.loop.execute { body(shard) }
        }
    }

    // MARK: On the home loop

    private func admit(
        _ connection: ConnectionHandler, name: String, claims: ResumeClaims?, wantsToResume: Bool,
        address: ClientAddress?
    ) {
        home.preconditionInEventLoop()
        begin(with: claims)
        let maximum = relay.configuration.maximumParticipantsPerRoom
        guard members.count < maximum || endOldestAbsence() else {
            let error = WireError(
                .roomFull, "The room \"\(self.name)\" has \(maximum) participants, which is full.")
            return connection.loop.execute { connection.refused(error) }
        }
        let proven = known(claims)
        let id = proven ?? names.identifier(for: name)
        let person = proven.flatMap { _ in claims?.person } ?? .random(in: .min ... .max)
        note("joined", id, of: connection)
        tap?.joined(participant: id, name: name, address: address?.key, time: relay.clock.now())
        let roster = self.roster()
        let token = wantsToResume ? secret(for: id, person) : nil
        let welcome = welcome(id, token: token, tracks: nil)
        let shard = shard(for: connection.loop)
        members[ObjectIdentifier(connection)] = Member(
            connection: connection, id: id, name: name, person: person, token: token)
        order.append(ObjectIdentifier(connection))
        connection.loop.execute { connection.admitted(welcome, roster: roster, shard: shard, tracks: nil) }
        broadcast(.joined(participant: id, name: name), except: connection)
    }

    /// The identifier that a secret proves, where nobody who is here has it and its owner has not said `bye`.
    private func known(_ claims: ResumeClaims?) -> String? {
        guard let claims, claims.meeting == meeting, !names.isRetired(claims.participant),
            !members.values.contains(where: { $0.id == claims.participant })
        else { return nil }
        names.reserve(claims.participant)
        return claims.participant
    }

    /// What `participant` comes back with; `nil` where nobody comes back here.
    func secret(for participant: String, _ person: UInt64) -> String? {
        guard relay.configuration.resumeInSeconds > 0 else { return nil }
        return relay.secrets.secret(
            for: ResumeClaims(
                room: name, participant: participant, meeting: meeting,
                expiry: ResumeSecrets.expiry(relay.clock.wallNanoseconds()), person: person))
    }

    /// What a connection is told first.
    func welcome(_ participant: String, token: String?, tracks: [TrackID]?) -> Welcome {
        Welcome(
            participant: participant, room: name,
            limits: relay.configuration.told,
            recording: recording.state, recordingReason: recording.reason,
            resumption: token.map {
                .init(token: $0, seconds: relay.configuration.resumeInSeconds, tracks: tracks)
            })
    }

    /// - Parameter claims: of the first to come. Soon after the server's start it is a meeting of before that goes on.
    private func begin(with claims: ResumeClaims?) {
        guard !hasBegun else { return }
        hasBegun = true
        // An old secret must not bring a meeting back that ended long ago.
        let now = relay.clock.wallNanoseconds()
        if let claims, relay.hasJustStarted, ResumeSecrets.isRecent(claims, wallNanoseconds: now) {
            meeting = claims.meeting
        }
        tap = relay.taps?.makeTap(room: name, meeting: meeting, control: RoomControl(self))
        guard let past = tap?.past else {
            return relay.logger.info("room opened", metadata: ["room": "\(name)"])
        }
        meeting = past.meeting
        nextTrack = past.lastTrack &+ 1
        for participant in past.participants { names.reserve(participant) }
        relay.logger.info("room goes on", metadata: ["room": "\(name)"])
    }

    private func remove(_ connection: ConnectionHandler, reason: String) {
        home.preconditionInEventLoop()
        let key = ObjectIdentifier(connection)
        guard let member = members[key] else { return }
        for track in member.tracks { removeTrack(track) }
        members[key] = nil
        order.removeAll { $0 == key }
        if reason == "bye" { names.retire(member.id) }
        note("left", member.id, of: connection, ["reason": "\(reason)"])
        tap?.left(participant: member.id, reason: reason)
        broadcast(.left(participant: member.id, reason: reason), except: connection)
        if member.absence == nil { leaveShard(of: connection.loop) }
    }

    /// Logs what a participant does, with the address that it comes from.
    func note(
        _ text: Logger.Message, _ participant: String, of connection: ConnectionHandler,
        _ more: Logger.Metadata = [:]
    ) {
        var fields = more
        fields["room"] = "\(name)"
        fields["participant"] = "\(participant)"
        fields["address"] = "\(connection.addressText)"
        relay.logger.info(text, metadata: fields)
    }

    /// Everybody and everything that a newcomer has to be told of, as control frames.
    func roster(except own: ConnectionHandler? = nil) -> ByteBuffer {
        var bytes = ByteBuffer()
        func add(_ message: ServerMessage) { bytes.writeImmutableBuffer(message.encoded()) }
        for member in order.compactMap({ members[$0] }) where member.connection !== own {
            add(.joined(participant: member.id, name: member.name))
            for id in member.tracks {
                guard let track = tracks[id] else { continue }
                bytes.writeImmutableBuffer(announcement(of: id))
                if let clock = track.clock { add(.clock(track: id, pts: clock.pts, time: clock.time)) }
                if track.isMuted { add(.muted(track: id, participant: member.id, muted: true)) }
            }
            if member.absence != nil { add(.away(participant: member.id)) }
        }
        return bytes
    }

    // MARK: Shards

    func shard(for loop: any EventLoop) -> RoomShard {
        if let index = shards.firstIndex(where: { $0.shard.loop === loop }) {
            shards[index].members += 1
            return shards[index].shard
        }
        let new = RoomShard(loop: loop, room: self, tap: tap, relay: relay)
        // A track comes before its layer: its number is lower.
        let present = tracks.sorted { $0.key < $1.key }.map { id, track in
            (id: id, traits: TrackTraits(track.description, layerOf: track.top), owner: track.owner)
        }
        loop.execute {
            new.begin()
            for track in present {
                new.addTrack(track.id, track.traits, owner: track.owner, awaitsSeed: true)
            }
        }
        for (other, _) in shards {
            loop.execute { new.addPeer(other) }
            other.loop.execute { other.addPeer(new) }
        }
        shards.append((new, 1))
        return new
    }

    func leaveShard(of loop: any EventLoop) {
        guard let index = shards.firstIndex(where: { $0.shard.loop === loop }) else { return }
        shards[index].members -= 1
        guard shards[index].members == 0 else { return }
        let gone = shards.remove(at: index).shard
        for (other, _) in shards {
            other.loop.execute { other.removePeer(gone) }
        }
        gone.loop.execute { gone.end() }
    }
}
