package import Display
package import Media

/// What a viewer asks for of each video track: the pictures of tiles that can be seen, in their size. Pure.
package struct TileRequest {
    /// What is to be told to the server.
    package struct Changes: Equatable {
        /// Tracks to be sent, by the height above which their smaller size is wanted.
        package var wanted: [Int: [UInt32]] = [:]
        /// Tracks not to be sent any more.
        package var unwanted: [UInt32] = []
        /// Those of the wanted that were not sent: what comes of them next is a burst, as at the beginning.
        package var resumed: [UInt32] = []

        /// No changes but these.
        package init(wanted: [Int: [UInt32]] = [:], unwanted: [UInt32] = [], resumed: [UInt32] = []) {
            self.wanted = wanted
            self.unwanted = unwanted
            self.resumed = resumed
        }
    }

    /// A track may be half as high again as its tile before its smaller size, half as high as the track, is good enough:
    /// it is stretched by a third then at most. A window that is as high as the track has a tile that is a little lower.
    private static let headroom = (numerator: 3, denominator: 2)
    /// Nanoseconds from one look at the sizes to the next: a window that is being resized changes them all the time.
    private static let interval: Int64 = 500_000_000

    private let maximumHeight: Int
    private enum Request: Equatable {
        case paused
        case height(Int)
    }

    /// What was told of each track last.
    private var requests: [UInt32: Request] = [:]
    private var nextSizes = MonotonicTime(nanoseconds: .min)

    /// - Parameter maximumHeight: pixels that the viewer allows at most, whatever the tile.
    package init(maximumHeight: Int) { self.maximumHeight = maximumHeight }

    /// What has changed since the last time.
    /// - Parameters:
    ///   - tracks: the video tracks that there are. At first all are sent.
    ///   - tile: the tile of a track; `nil` where it was not laid out yet.
    package mutating func review(
        _ tracks: [UInt32], now: MonotonicTime, tile: (UInt32) -> TileState?
    ) -> Changes {
        let looksAtSizes = now >= nextSizes
        if looksAtSizes { nextSizes = now + Self.interval }
        requests = requests.filter { tracks.contains($0.key) }
        var changes = Changes()
        for track in tracks {
            guard let tile = tile(track) else { continue }
            let known = requests[track]
            guard tile.isShown else {
                if known != .paused { changes.unwanted.append(track) }
                requests[track] = .paused
                continue
            }
            guard known == nil || known == .paused || looksAtSizes else { continue }
            let height = Self.maximumHeight(tile: tile.size.height, maximum: maximumHeight)
            guard known != .height(height) else { continue }
            requests[track] = .height(height)
            changes.wanted[height, default: []].append(track)
            if known == .paused { changes.resumed.append(track) }
        }
        return changes
    }

    /// The height above which the smaller size of a track is wanted.
    /// - Parameters:
    ///   - tile: height of the tile, pixels.
    ///   - maximum: what the viewer allows at most, whatever the tile.
    package static func maximumHeight(tile: Int, maximum: Int) -> Int {
        max(1, min(tile * headroom.numerator / headroom.denominator, maximum))
    }
}
