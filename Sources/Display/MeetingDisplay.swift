public import Media

/// Where the participants of a meeting are shown: a window, or a picture in memory.
///
/// On the main thread, but for ``tile(track:)``.
@MainActor public protocol MeetingDisplay: AnyObject, Sendable {
    /// Text in the middle while nobody is there, for instance `Waiting for others`.
    var notice: String? { get set }

    /// Where a replay is; `nil` for a live meeting. Only a window shows it.
    var progress: ReplayProgress? { get set }

    /// What stands around the pictures.
    var status: MeetingStatus { get set }

    /// Shows a picture of oneself, in `.bgra`, as in a mirror; `nil` for the name.
    func showOwn(_ picture: VideoFrame?)

    /// Handles what the viewer did, takes the pictures due at `now` from playout, and shows them.
    ///
    /// Call it whenever a picture is due (``Playout/nextDue(after:)``), and at least every 10 ms.
    /// - Returns: what the viewer asked for. All but ``ViewerCommand/quit`` has been done.
    /// - Throws: ``DisplayError/drawing(operation:reason:)``.
    func step(now: MonotonicTime) throws(DisplayError) -> [ViewerCommand]

    /// The picture composed of all tiles as it is at `now`, in `.bgra`.
    ///
    /// - Throws: ``DisplayError/drawing(operation:reason:)``.
    func snapshot(now: MonotonicTime) throws(DisplayError) -> VideoFrame

    /// The tile of a video track, which its pictures should be scaled to fit into; `nil` until it was laid out. Any thread.
    nonisolated func tile(track: UInt32) -> TileState?
}
