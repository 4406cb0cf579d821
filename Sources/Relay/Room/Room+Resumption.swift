import Media
import NIOCore
import Wire

/// Participants who come back: a connection that breaks leaves its participant in the room, with all tracks, for the
/// configured time; a new connection that knows the secret takes its place. The room stays as long.
extension Room {
    /// What is kept of a participant whose connection broke.
    struct Absence {
        /// When it broke.
        let since: MonotonicTime
        /// What the others are told where nobody comes back.
        let reason: String
        /// Its entry among the places that the server keeps.
        let place: KeptPlaces.ID
        /// Ends it.
        let expiry: Scheduled<Void>
    }

    /// A connection that waits until the one whose place it takes has ended.
    struct Successor {
        let connection: ConnectionHandler
        let claims: ResumeClaims
    }

    /// The reason of a connection whose participant came back on another one before its end was noticed.
    private static let replaced = "replaced"
    /// Reasons for which a connection ends without its participant's having left.
    private static let breaks: Set<String> = ["disconnected", "idle_timeout", "slow_consumer", replaced]

    /// Gives a connection the place that its secret proves to be its own. On the home loop.
    /// - Returns: `false` where nobody has that place.
    func takePlace(_ connection: ConnectionHandler, _ claims: ResumeClaims) -> Bool {
        home.preconditionInEventLoop()
        guard claims.meeting == meeting,
            let (key, member) = members.first(where: {
                $0.value.id == claims.participant && $0.value.person == claims.person
                    && $0.value.token != nil
            })
        else { return false }
        if let absence = member.absence {
            absence.expiry.cancel()
            relay.givePlaceBack(absence.place, of: self)
            resume(member, from: key, on: connection)
        } else {
            // Its end has not been noticed yet: a network that vanished says nothing.
            let next = Successor(connection: connection, claims: claims)
            let earlier = successors.updateValue(next, forKey: key)
            if let ended = earlier?.connection { ended.loop.execute { ended.end(reason: Self.replaced) } }
            let ended = member.connection
            ended.loop.execute { ended.endWhenRead(reason: Self.replaced) }
        }
        return true
    }

    private func resume(_ member: Member, from key: ObjectIdentifier, on connection: ConnectionHandler) {
        var member = member
        member.connection = connection
        member.absence = nil
        member.hasReturned = true
        member.token = secret(for: member.id, member.person)
        members[key] = nil
        members[ObjectIdentifier(connection)] = member
        if let index = order.firstIndex(of: key) { order[index] = ObjectIdentifier(connection) }
        // The hold that the broken connection left; the new one has its own.
        _ = relay.release(self)
        for track in member.tracks { tracks[track]?.owner = connection }
        let shard = shard(for: connection.loop)
        let moved = member.tracks
        forEachShard { shard in for track in moved { shard.moveTrack(track, to: connection) } }
        note("back", member.id, of: connection)
        tap?.returned(participant: member.id, time: relay.clock.now())
        let welcome = welcome(member.id, token: member.token, tracks: moved)
        let roster = roster(except: connection)
        let published = member.published
        connection.loop.execute {
            connection.admitted(welcome, roster: roster, shard: shard, tracks: published)
        }
        broadcast(.back(participant: member.id), except: connection)
    }

    /// Keeps the place of a connection that broke. On the home loop.
    /// - Parameter tracks: what it published; `nil` where it was not told that it was let in.
    /// - Returns: `false` where the place is not to be kept.
    func park(_ connection: ConnectionHandler, reason: String, tracks: PublishedTracks?) -> Bool {
        home.preconditionInEventLoop()
        let key = ObjectIdentifier(connection)
        successors = successors.filter { $0.value.connection !== connection }
        // Who was never told the secret cannot come back.
        guard let member = members[key], member.absence == nil, member.token != nil,
            tracks != nil || member.hasReturned, Self.breaks.contains(reason), !relay.isStopping
        else { return false }
        let place = relay.keepPlace(in: self, from: connection.origin) { [self] in
            home.execute { self.endAbsence(of: connection, reason: reason) }
        }
        if let tracks { members[key]?.published = tracks }
        // A track whose number the client never learnt is nobody's.
        let known = members[key]?.published
        for track in member.tracks where known?.contains(track) != true { unpublishNow(track) }
        let seconds = Int64(relay.configuration.resumeInSeconds)
        let told = reason == Self.replaced ? "disconnected" : reason
        members[key]?.absence = Absence(
            since: relay.clock.now(), reason: told, place: place,
            expiry: home.scheduleTask(in: .seconds(seconds)) { self.endAbsence(of: connection, reason: told) }
        )
        leaveShard(of: connection.loop)
        note("away", member.id, of: connection, ["reason": "\(reason)"])
        tap?.away(participant: member.id, time: relay.clock.now())
        broadcast(.away(participant: member.id))
        return true
    }

    /// Lets in who waited for the end of `connection`, whether its place was kept or not. On the home loop.
    func admitSuccessor(of connection: ConnectionHandler) {
        guard let next = successors.removeValue(forKey: ObjectIdentifier(connection)) else { return }
        if takePlace(next.connection, next.claims) { return }
        next.connection.loop.execute {
            next.connection.refused(
                WireError(.badState, "The session that was to go on has ended. Say hello anew."))
        }
    }

    /// Gives up all places that are kept for somebody.
    func endAbsences(reason: String) {
        home.execute {
            for member in self.members.values where member.absence != nil {
                self.endAbsence(of: member.connection, reason: reason)
            }
        }
    }

    /// Gives up the place of who has been away the longest, in a room that is full. On the home loop.
    /// - Returns: `false` where nobody is away.
    func endOldestAbsence() -> Bool {
        let away = members.values.compactMap { member in member.absence.map { (member.connection, $0) } }
        guard let (connection, absence) = away.min(by: { $0.1.since < $1.1.since }) else { return false }
        endAbsence(of: connection, reason: absence.reason)
        return true
    }

    private func endAbsence(of connection: ConnectionHandler, reason: String) {
        // Whoever comes back at the same moment may be first.
        guard let absence = members[ObjectIdentifier(connection)]?.absence else { return }
        absence.expiry.cancel()
        relay.givePlaceBack(absence.place, of: self)
        end(connection, reason: reason == Self.replaced ? "disconnected" : reason)
    }
}
