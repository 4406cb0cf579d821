import Synchronization

/// What becomes of each video track's tile, written by the display, read by decoding threads.
final class TileStates: Sendable {
    private let states = Mutex<[UInt32: TileState]>([:])

    /// The tile of a track, `nil` where it has none.
    func tile(ofTrack track: UInt32) -> TileState? { states.withLock { $0[track] } }

    /// Replaces all.
    func set(_ new: [UInt32: TileState]) { states.withLock { $0 = new } }
}
