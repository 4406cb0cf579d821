import Synchronization

/// The size of each video track's tile, written by the display, read by decoding threads.
final class TileSizes: Sendable {
    private let sizes = Mutex<[UInt32: PixelSize]>([:])

    /// The tile of a track, `nil` where it has none.
    func size(ofTrack track: UInt32) -> PixelSize? {
        sizes.withLock { $0[track] }
    }

    /// Replaces all sizes.
    func set(_ new: [UInt32: PixelSize]) {
        sizes.withLock { $0 = new }
    }
}
