import CSDL
public import Layout
public import Media

/// A display without a screen: takes every picture at its time as a window does, and draws only for a
/// snapshot.
///
/// Needs no video driver. On the main thread, but for ``tile(track:)``.
@MainActor public final class HeadlessDisplay: MeetingDisplay {
    private let playout: Playout
    private let size: PixelSize
    private nonisolated let tiles = TileStates()
    private var scene = Scene()
    private var roster: [RosterEntry] = []
    private var newest: [UInt32: VideoFrame] = [:]
    private var own: VideoFrame?

    /// A display of `playout` whose snapshots have this size.
    public init(playout: Playout, size: PixelSize = PixelSize(width: 1280, height: 720)) {
        self.playout = playout
        self.size = PixelSize(width: max(size.width, 2), height: max(size.height, 2))
    }

    /// See ``MeetingDisplay/notice``.
    public var notice: String? {
        get { scene.notice }
        set { scene.notice = newValue }
    }

    /// See ``MeetingDisplay/progress``.
    public var progress: ReplayProgress?

    /// See ``MeetingDisplay/status``.
    public var status: MeetingStatus {
        get { scene.status }
        set { scene.status = newValue }
    }

    /// See ``MeetingDisplay/showOwn(_:)``.
    public func showOwn(_ picture: VideoFrame?) { own = picture }

    /// Does what a viewer's key would do. Full screen and quitting mean nothing here.
    public func perform(_ command: ViewerCommand) {
        scene.isMuted = playout.isMuted
        scene.apply(command, in: size)
        playout.isMuted = scene.isMuted
        layOut()
    }

    /// See ``MeetingDisplay/step(now:)``. Draws nothing, throws nothing, and never has a command.
    public func step(now: MonotonicTime) throws(DisplayError) -> [ViewerCommand] {
        update()
        for (track, frame) in playout.presentDue(now: now) { newest[track] = frame }
        return []
    }

    /// See ``MeetingDisplay/snapshot(now:)``.
    public func snapshot(now: MonotonicTime) throws(DisplayError) -> VideoFrame {
        update()
        scene.isMuted = playout.isMuted
        let canvas = try MemoryCanvas(size: size)
        return try canvas.draw(scene, frames: newest, own: own, time: now)
    }

    /// See ``MeetingDisplay/tile(track:)``.
    public nonisolated func tile(track: UInt32) -> TileState? { tiles.tile(ofTrack: track) }

    private func update() {
        let current = playout.roster()
        guard current != roster else { return }
        roster = current
        scene.update(roster)
        let tracks = Set(roster.flatMap(\.videoTracks))
        newest = newest.filter { tracks.contains($0.key) }
        layOut()
    }

    private func layOut() { tiles.set(scene.tileStates(in: size)) }
}
