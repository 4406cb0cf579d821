package import Layout

/// What is to be drawn: a value, changed by the roster and by the viewer's commands.
package struct Scene: Sendable, Hashable {
    /// The tiles, in the order of joining.
    package private(set) var tiles: [Tile] = []
    /// The tile shown large, if any. It follows its participant as others come and go.
    private var focused: Tile?
    /// The page of tiles, from 0, where there are more than fit; may be behind the last one after some have gone.
    private var wantedPage = 0
    /// Whether the list of keys is shown.
    package var showsHelp = false
    /// Whether the keys of a replay are among them.
    package var isReplay = false
    /// Whether the viewer's sound is off.
    package var isMuted = false
    /// Where a replay is.
    package var progress: ProgressLine?
    /// Text in the middle of an empty scene.
    package var notice: String?
    /// What stands around the tiles.
    package var status = MeetingStatus()
    /// Names of those who only watch.
    package private(set) var watchers: [String] = []

    /// An empty scene.
    package init() {}

    /// Index of the tile shown large.
    package var focus: Int? {
        guard let focused else { return nil }
        return tiles.firstIndex { $0.participant == focused.participant && $0.track == focused.track }
            ?? tiles.firstIndex { $0.participant == focused.participant }
    }

    /// Takes over who is there.
    package mutating func update(_ roster: [RosterEntry]) {
        tiles = Tile.tiles(of: roster)
        watchers = roster.filter(\.isWatcher).map(\.name)
    }

    /// Does what a command says as far as it concerns the scene in a window of `size`; `loudspeaker` and the others are the
    /// display's.
    package mutating func apply(_ command: ViewerCommand, in size: PixelSize) {
        switch command {
        case .focus(let index): if tiles.indices.contains(index) { focused = tiles[index] }
        case .grid: focused = nil
        case .page(let step):
            let current = page(in: size)
            wantedPage = min(max(current.number + step, 0), current.count - 1)
        case .help: showsHelp.toggle()
        case .loudspeaker: isMuted.toggle()
        case .fullScreen, .quit, .microphone, .camera, .pause, .skip, .goTo, .speed: break
        }
    }

    /// The tiles that a window of `size` shows, and where. One with the focus is on every page.
    package func layout(in size: PixelSize) -> [(tile: Tile, rect: PixelRect)] {
        let gap = Self.gap(size)
        let page = page(in: size)
        var shown = turning.dropFirst(page.number * page.length).prefix(page.length).map { $0 }
        if let focus { shown.insert(tiles[focus], at: 0) }
        let layout = GridLayout(count: shown.count, size: size, focus: focus.map { _ in 0 }, gap: gap)
        return Array(zip(shown, layout.tiles))
    }

    /// What becomes of each video track's tile in a window of `size`.
    package func tileStates(in size: PixelSize) -> [UInt32: TileState] {
        let shown = layout(in: size)
        // What is on another page has the size that it will have there.
        let other = shown.last?.rect.size ?? size
        var states: [UInt32: TileState] = [:]
        for tile in tiles {
            if let track = tile.track { states[track] = TileState(size: other, isShown: false) }
        }
        for (tile, rect) in shown {
            if let track = tile.track { states[track] = TileState(size: rect.size, isShown: true) }
        }
        return states
    }

    /// The page that a window of `size` shows, from 0, how many there are, and how many tiles each has, one with the focus
    /// not counted.
    package func page(in size: PixelSize) -> (number: Int, count: Int, length: Int) {
        let length = GridLayout.capacity(of: size, hasFocus: focus != nil, gap: Self.gap(size))
        let count = max((turning.count + length - 1) / length, 1)
        return (min(wantedPage, count - 1), count, length)
    }

    /// The tiles that pages are made of.
    private var turning: [Tile] {
        guard let focus else { return tiles }
        return tiles.indices.filter { $0 != focus }.map { tiles[$0] }
    }

    private static func gap(_ size: PixelSize) -> Int { max(size.height / 90, 2) }
}
