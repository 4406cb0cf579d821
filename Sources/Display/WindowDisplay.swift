import CSDL
public import Layout
public import Media

/// A window that shows a meeting and takes its viewer's keys.
///
/// On the main thread, but for ``tile(track:)``.
@MainActor public final class WindowDisplay: MeetingDisplay {
    private let playout: Playout
    private nonisolated let tiles = TileStates()
    private let window: Window
    private let renderer: SceneRenderer
    private var scene = Scene()
    private var roster: [RosterEntry] = []
    private var laidOut: (size: PixelSize, isVisible: Bool)?
    private var drawn: Scene?
    private var needsDrawing = true
    /// Until when the line of a replay's position stays, after a key.
    private var lineUntil = MonotonicTime(nanoseconds: .min)
    private static let lineTime: Int64 = 3_000_000_000
    /// Digits of a time that is being typed; `nil` where none is.
    private var entry: TimeEntry?

    /// Opens a window of `size` for `playout`.
    ///
    /// - Parameter isReplay: whether the keys of a replay have a meaning.
    /// - Throws: ``DisplayError/window(operation:reason:)``, for instance without a desktop session.
    public init(
        playout: Playout, title: String, size: PixelSize = PixelSize(width: 1280, height: 720),
        isReplay: Bool = false
    ) throws(DisplayError) {
        self.playout = playout
        scene.isReplay = isReplay
        window = try Window(title: title, size: size)
        renderer = SceneRenderer(renderer: window.renderer, owner: window)
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
    public func showOwn(_ picture: VideoFrame?) {
        renderer.showOwn(picture)
        needsDrawing = true
    }

    /// See ``MeetingDisplay/step(now:)``. Waits for the screen, up to a sixtieth of a second, where something
    /// changed.
    public func step(now: MonotonicTime) throws(DisplayError) -> [ViewerCommand] {
        var commands: [ViewerCommand] = []
        var event = SDL_Event()
        while SDL_PollEvent(&event) != 0 {
            if event.type == SDL_WINDOWEVENT.rawValue { needsDrawing = true }
            if event.type == SDL_KEYDOWN.rawValue { lineUntil = MediaClock.system.now() + Self.lineTime }
            guard let command = command(of: event) else { continue }
            perform(command)
            commands.append(command)
        }
        update()
        scene.progress = progress.map {
            ProgressLine(
                $0, typed: entry?.text, showsText: MediaClock.system.now() < lineUntil,
                width: renderer.size.width)
        }
        let frames = playout.presentDue(now: now)
        renderer.show(frames)
        if needsDrawing || !frames.isEmpty || drawn != scene {
            try renderer.draw(scene)
            SDL_RenderPresent(window.renderer)
            drawn = scene
            needsDrawing = false
        }
        return commands
    }

    /// See ``MeetingDisplay/snapshot(now:)``.
    public func snapshot(now: MonotonicTime) throws(DisplayError) -> VideoFrame {
        update()
        try renderer.draw(scene)
        needsDrawing = true
        return try renderer.pixels(time: now)
    }

    /// See ``MeetingDisplay/tile(track:)``.
    public nonisolated func tile(track: UInt32) -> TileState? { tiles.tile(ofTrack: track) }

    private func perform(_ command: ViewerCommand) {
        scene.isMuted = playout.isMuted
        scene.apply(command, in: renderer.size)
        switch command {
        case .fullScreen: window.toggleFullScreen()
        case .loudspeaker: playout.isMuted = scene.isMuted
        case .focus, .grid, .page: laidOut = nil
        case .help, .quit, .microphone, .camera, .pause, .skip, .goTo, .speed: break
        }
    }

    private func update() {
        scene.isMuted = playout.isMuted
        let current = playout.roster()
        let now = (size: renderer.size, isVisible: window.isVisible)
        guard current != roster || laidOut.map({ $0 != now }) ?? true else { return }
        roster = current
        laidOut = now
        scene.update(roster)
        var states = scene.tileStates(in: now.size)
        if !now.isVisible { for track in states.keys { states[track]?.isShown = false } }
        tiles.set(states)
    }

    private func command(of event: SDL_Event) -> ViewerCommand? {
        if event.type == SDL_QUIT.rawValue { return .quit }
        guard event.type == SDL_KEYDOWN.rawValue, event.key.repeat == 0 else { return nil }
        let key = event.key.keysym
        let (symbol, position) = (UInt32(bitPattern: key.sym), key.scancode.rawValue)
        if scene.isReplay {
            if entry != nil || symbol == SDLK_g.rawValue { return type(symbol, position) }
            if let command = ViewerCommand(replaySymbol: symbol) { return command }
        }
        return ViewerCommand(symbol: symbol, position: position)
    }

    /// A key while a time is typed, which the line of the position shows.
    private func type(_ symbol: UInt32, _ position: UInt32) -> ViewerCommand? {
        let typed = entry ?? TimeEntry()
        entry = typed.adding(symbol: symbol, position: position)
        return entry == nil ? typed.command(symbol: symbol) : nil
    }
}

extension ViewerCommand {
    /// The command of a key: letters by what they are, digits by where they are, since some keyboards need
    /// Shift for them.
    init?(symbol: UInt32, position: UInt32) {
        switch symbol {
        case SDLK_f.rawValue: self = .fullScreen
        case SDLK_m.rawValue: self = .microphone
        case SDLK_v.rawValue: self = .camera
        case SDLK_s.rawValue: self = .loudspeaker
        case SDLK_q.rawValue: self = .quit
        case SDLK_TAB.rawValue: self = .help
        case SDLK_PAGEUP.rawValue: self = .page(-1)
        case SDLK_PAGEDOWN.rawValue: self = .page(1)
        default:
            switch position {
            case SDL_SCANCODE_0.rawValue: self = .grid
            case SDL_SCANCODE_1.rawValue...SDL_SCANCODE_9.rawValue:
                self = .focus(Int(position - SDL_SCANCODE_1.rawValue))
            default: return nil
            }
        }
    }
}
