/// How high the pictures of a tile are asked for. Pure.
package enum TileRequest {
    /// A track may be half as high again as its tile before its smaller size, half as high as the track, is good enough:
    /// it is stretched by a third then at most. A window that is as high as the track has a tile that is a little lower.
    private static let headroom = (numerator: 3, denominator: 2)

    /// The height above which the smaller size of a track is wanted.
    /// - Parameters:
    ///   - tile: height of the tile, pixels.
    ///   - maximum: what the viewer allows at most, whatever the tile.
    package static func maximumHeight(tile: Int, maximum: Int) -> Int {
        max(1, min(tile * headroom.numerator / headroom.denominator, maximum))
    }
}
