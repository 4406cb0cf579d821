import Client
import Display
import Media
import Wire

/// Asks for each video track in the size of its tile.
@MainActor
final class TileSubscriptions {
    private let session: SubscribeSession
    private let maximumHeight: Int
    /// What was asked for last.
    private var heights: [UInt32: Int] = [:]
    private var nextReview = MonotonicTime(nanoseconds: .min)

    /// Nanoseconds from one look at the tiles to the next: a window that is being resized changes them all the time.
    private static let interval: Int64 = 500_000_000

    init(session: SubscribeSession, maximumHeight: Int) {
        self.session = session
        self.maximumHeight = maximumHeight
    }

    /// Tells the server what has changed since the last time: one message for each height.
    /// - Parameters:
    ///   - tracks: the video tracks that there are.
    ///   - size: the size of a track's tile; `nil` where it was not laid out yet.
    func review(_ tracks: [UInt32], now: MonotonicTime, size: (UInt32) -> PixelSize?) {
        guard now >= nextReview else { return }
        nextReview = now + Self.interval
        heights = heights.filter { tracks.contains($0.key) }
        var changes: [Int: [TrackID]] = [:]
        for track in tracks {
            guard let tile = size(track) else { continue }
            let height = TileRequest.maximumHeight(tile: tile.height, maximum: maximumHeight)
            guard heights.updateValue(height, forKey: track) != height else { continue }
            changes[height, default: []].append(TrackID(rawValue: track))
        }
        for (height, tracks) in changes { session.subscribe(tracks, maximumHeight: height) }
    }
}
