package import Media
package import Wire

/// What a client asks of the server about the tracks of others, in time: a room in which tracks come and go all the time must
/// not make it send more messages than a server takes.
///
/// 200 at once, 50 a second in the long run; the server takes twice as many. What waits is merged: of each track the last wish
/// counts. Pure: time is given.
package struct TrackRequests {
    private enum Wish: Hashable {
        /// Its media, no higher than so many pixels where there is a choice.
        case media(maximumHeight: Int?)
        case nothing
    }

    /// How soon to look again while something waits, in milliseconds.
    package static let interval: Int64 = 100

    private var messages = TokenBucket(burst: 200, perSecond: 50)
    private var wishes: [TrackID: Wish] = [:]
    private var keyframes: Set<TrackID> = []

    /// Nothing is asked for.
    package init() {}

    /// Whether something waits.
    package var isEmpty: Bool { wishes.isEmpty && keyframes.isEmpty }

    /// The media of these tracks are wanted.
    package mutating func want(_ tracks: [TrackID], maximumHeight: Int?) {
        for track in tracks { wishes[track] = .media(maximumHeight: maximumHeight) }
    }

    /// Nothing of these tracks is wanted.
    package mutating func refuse(_ tracks: [TrackID]) { for track in tracks { wishes[track] = .nothing } }

    /// A keyframe of this track is wanted.
    package mutating func wantKeyframe(_ track: TrackID) { keyframes.insert(track) }

    /// The track is gone.
    package mutating func forget(_ track: TrackID) {
        wishes[track] = nil
        keyframes.remove(track)
    }

    /// Nothing waits any more.
    package mutating func removeAll() {
        wishes = [:]
        keyframes = []
    }

    /// What may be sent at `now`: subscriptions before keyframes.
    /// - Parameter number: by which number the server sends a track at present.
    package mutating func take(now: MonotonicTime, number: (TrackID) -> TrackID) -> [ClientMessage] {
        var result: [ClientMessage] = []
        let groups = Dictionary(grouping: wishes.keys) { wishes[$0] ?? .nothing }
        for (wish, tracks) in groups {
            let tracks = tracks.sorted()
            for start in stride(from: 0, to: tracks.count, by: Self.tracksPerMessage) {
                let part = Array(tracks[start..<min(start + Self.tracksPerMessage, tracks.count)])
                guard messages.take(now: now) else { return result }
                switch wish {
                case .media(let height): result.append(.subscribe(tracks: part, maximumHeight: height))
                case .nothing: result.append(.unsubscribe(tracks: part))
                }
                for track in part { wishes[track] = nil }
            }
        }
        for track in keyframes.sorted() {
            guard messages.take(now: now) else { break }
            result.append(.keyframe(track: number(track)))
            keyframes.remove(track)
        }
        return result
    }

    /// With so many a message is short enough to count once.
    private static let tracksPerMessage = 64
}
