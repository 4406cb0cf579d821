import Client
import Display
import Media
import Wire

/// Asks for each video track in the size of its tile, and not at all while no tile shows it.
@MainActor
final class TileSubscriptions {
    private enum Wish: Hashable {
        case hidden
        case height(Int)
    }

    private let session: SubscribeSession
    private let maximumHeight: Int
    private var wishes: [UInt32: Wish] = [:]
    /// Tracks that had no tile at the last look: a new one has none for a moment.
    private var missing: Set<UInt32> = []
    private var nextReview = MonotonicTime(nanoseconds: .min)

    /// Nanoseconds from one look at the tiles to the next: a window that is being resized changes them all the time.
    private static let interval: Int64 = 500_000_000

    init(session: SubscribeSession, maximumHeight: Int) {
        self.session = session
        self.maximumHeight = maximumHeight
    }

    /// Tells the server what has changed since the last time.
    /// - Parameters:
    ///   - tracks: the video tracks that there are.
    ///   - size: the size of a track's tile; `nil` where none shows it.
    func review(_ tracks: [UInt32], now: MonotonicTime, size: (UInt32) -> PixelSize?) {
        guard now >= nextReview else { return }
        nextReview = now + Self.interval
        wishes = wishes.filter { tracks.contains($0.key) }
        let sizes = tracks.map { (track: $0, size: size($0)) }
        let wasMissing = missing
        missing = Set(sizes.filter { $0.size == nil }.map(\.track))
        var changes: [Wish: [TrackID]] = [:]
        for (track, size) in sizes where size != nil || wasMissing.contains(track) {
            let wish =
                size.map {
                    Wish.height(TileRequest.maximumHeight(tile: $0.height, maximum: maximumHeight))
                } ?? .hidden
            guard wishes.updateValue(wish, forKey: track) != wish else { continue }
            changes[wish, default: []].append(TrackID(rawValue: track))
        }
        for (wish, tracks) in changes {
            switch wish {
            case .hidden: session.unsubscribe(tracks)
            case .height(let height): session.subscribe(tracks, maximumHeight: height)
            }
        }
    }
}
