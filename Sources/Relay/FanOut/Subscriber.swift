import Media
import Wire

/// A member of a room as its shard sees it: what it wants, and how it is served.
///
/// Confined to the shard's loop. Either it belongs to a ``SubscriberGroup``, and nothing waits for it, or it is served by
/// itself out of the queue of its ``ConnectionOutput``.
final class Subscriber {
    /// When a track was last opened for it.
    private struct Opening {
        let track: TrackID
        var time: MonotonicTime
    }

    let connection: ConnectionHandler
    /// The group that it belongs to; `nil` while it is served by itself.
    var group: SubscriberGroup?
    /// Its index among the members of the group, or among those that are served by themselves.
    var position = 0
    /// The first of the group's frames that it has not got otherwise.
    var start = 0
    /// Whether it wants all present and future tracks.
    var wantsAll = false
    /// Tracks that it does not want although it wants all.
    var excluded: Set<TrackID> = []
    /// Which sizes it can show.
    var preference = LayerPreference()
    /// Which sizes it can take.
    var layering = LayerControl()
    private var openings: [Opening] = []

    init(connection: ConnectionHandler) { self.connection = connection }

    var output: ConnectionOutput { connection.output }

    /// The tracks that it gets.
    var feeds: [TrackID: FeedState] { group?.feeds ?? output.queue?.states ?? [:] }

    /// Whether a track that `owner` begins now is for this subscriber.
    func wants(_ track: TrackID, of owner: ObjectIdentifier) -> Bool {
        wantsAll && ObjectIdentifier(connection) != owner && !excluded.contains(track)
    }

    /// Notes that `track` is opened now.
    /// - Returns: when it was opened before.
    func noteOpening(of track: TrackID, now: MonotonicTime) -> MonotonicTime? {
        if let index = openings.firstIndex(where: { $0.track == track }) {
            defer { openings[index].time = now }
            return openings[index].time
        }
        openings.append(Opening(track: track, time: now))
        return nil
    }

    /// Forgets a track that has ended.
    func forget(_ track: TrackID) {
        excluded.remove(track)
        preference.forget(track)
        openings.removeAll { $0.track == track }
    }
}
