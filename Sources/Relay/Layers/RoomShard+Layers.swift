import Logging
import Media
import NIOCore
import Wire

/// Which size of a track each subscriber gets: the track itself or its layer.
///
/// Who names a maximum height gets the layer of each track that is higher, and of all tracks while it cannot take more. The
/// change is made at the next keyframe of what it gets then, so that every picture can be decoded.
extension RoomShard {
    /// What a member should get of a track: the track itself or its layer.
    func choice(of id: TrackID, for subscriber: Subscriber) -> TrackID {
        guard let track = tracks[id], let layer = track.layer,
            let maximum = subscriber.preference.maximumHeight(of: id)
        else { return id }
        return maximum < track.traits.height || subscriber.layering.isReduced ? layer : id
    }

    /// Changes what a member gets of a track to what it should get, at a keyframe. It must be served by itself, and
    /// `flushOutput` has to follow.
    /// - Parameter asks: whether the publisher is to be asked for the keyframe.
    func adjust(_ id: TrackID, for subscriber: Subscriber, asks: Bool) {
        guard let layer = tracks[id]?.layer, let feeds = subscriber.output.queue?.states else { return }
        let wanted = choice(of: id, for: subscriber)
        let other = wanted == id ? layer : id
        guard feeds[id] != nil || feeds[layer] != nil else { return }
        if feeds[wanted] == nil {
            subscriber.output.withQueue { $0.open(wanted, FeedState(replacing: other)) }
            if asks { room.requestKeyframe(wanted) }
        } else if feeds[other]?.replaces == wanted {
            // The change to the other one has not been made yet, and is not wanted any more.
            subscriber.output.withQueue { $0.close(other) }
        }
    }

    /// Changes all tracks of a member, see ``adjust(_:for:asks:)``.
    func adjustAll(for subscriber: Subscriber, asks: Bool) {
        for (id, track) in tracks where track.layer != nil { adjust(id, for: subscriber, asks: asks) }
    }

    /// A track has a layer from now on.
    func addLayer(_ layer: TrackID, of top: TrackID) {
        tracks[top]?.layer = layer
        let now = clock.now()
        for subscriber in subscribers.values where choice(of: top, for: subscriber) == layer {
            guard subscriber.feeds[top] != nil else { continue }
            separate(subscriber)
            // It begins with a keyframe.
            adjust(top, for: subscriber, asks: false)
            subscriber.connection.flushOutput(now: now)
        }
    }

    /// A track has no layer any more: who got it gets the track from its next keyframe on.
    func removeLayer(_ layer: TrackID, of top: TrackID) {
        tracks[top]?.layer = nil
        let beginning = FeedState(beginning: .video)
        // Also by those who were to get the track from its next keyframe on: there was no hurry while they got the layer.
        var isWanted = false
        for group in groups where group.feeds[layer] != nil {
            group.close(layer)
            group.open(top, beginning)
            if !group.members.isEmpty, group.feeds[top]?.needsKeyframe == true { isWanted = true }
        }
        for subscriber in individuals where subscriber.output.queue?.isOpen(layer) == true {
            subscriber.output.withQueue {
                $0.close(layer)
                $0.open(top, beginning)
                if $0.tracksInNeedOfKeyframe.contains(top) { isWanted = true }
            }
        }
        if isWanted { room.requestKeyframe(top) }
    }

    // MARK: Congestion

    /// Moves a member, who is served by itself, to the layers when too much waits for it.
    func reviewBacklog(of subscriber: Subscriber, now: MonotonicTime) {
        guard subscriber.preference.knowsLayers, let queue = subscriber.output.queue else { return }
        // The pictures that somebody starts with are no backlog.
        let age = Int64(configuration.subscriberQueueInMilliseconds) * 1_000_000
        guard
            queue.liveBytes > configuration.subscriberQueueBytes / 2
                || queue.waitingTime(now: now) > age / Self.backlogFraction
        else { return }
        guard queue.states.keys.contains(where: { tracks[$0]?.layer != nil || tracks[$0]?.traits.top != nil })
        else { return }
        guard subscriber.layering.fallBehind(now: now) else { return }
        note("subscriber reads too slowly, gets smaller pictures", subscriber)
        adjustAll(for: subscriber, asks: true)
    }

    /// Moves a member back to the full pictures when nothing has waited for it for some time.
    func reviewLayers(of subscriber: Subscriber, now: MonotonicTime) {
        loop.preconditionInEventLoop()
        guard subscriber.layering.review(now: now) else { return }
        note("subscriber keeps up, gets full pictures", subscriber)
        separate(subscriber)
        // There is no hurry: the publisher's next keyframe will do.
        adjustAll(for: subscriber, asks: false)
        subscriber.connection.flushOutput(now: now)
    }

    /// The part of the time that media may wait which is a backlog: far from where pictures are dropped, so that the move
    /// comes first.
    private static let backlogFraction: Int64 = 4

    private func note(_ text: Logger.Message, _ subscriber: Subscriber) {
        loopState.counters.layerMoves += 1
        subscriber.connection.log(text)
    }
}
