/// What is to be drawn: a value, changed by the roster and by the viewer's commands.
package struct Scene: Sendable, Hashable {
    /// The tiles, in the order of joining.
    package private(set) var tiles: [Tile] = []
    /// The tile shown large, if any. It follows its participant as others come and go.
    private var focused: Tile?
    /// Whether the list of keys is shown.
    package var showsHelp = false
    /// Whether the keys of a replay are among them.
    package var isReplay = false
    /// Whether the viewer's sound is off.
    package var isMuted = false
    /// Text in the middle of an empty scene.
    package var notice: String?

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
    }

    /// Does what a command says as far as it concerns the scene; `mute` and the others are the display's.
    package mutating func apply(_ command: ViewerCommand) {
        switch command {
        case .focus(let index): if tiles.indices.contains(index) { focused = tiles[index] }
        case .grid: focused = nil
        case .help: showsHelp.toggle()
        case .mute: isMuted.toggle()
        case .fullScreen, .quit, .pause, .skip, .goTo: break
        }
    }

    /// Where the tiles lie in a window of `size`.
    package func layout(in size: PixelSize) -> [PixelRect] {
        GridLayout(count: tiles.count, size: size, focus: focus, gap: max(size.height / 90, 2)).tiles
    }

    /// The tile size of each video track in a window of `size`.
    package func tileSizes(in size: PixelSize) -> [UInt32: PixelSize] {
        var sizes: [UInt32: PixelSize] = [:]
        for (tile, rect) in zip(tiles, layout(in: size)) {
            if let track = tile.track { sizes[track] = rect.size }
        }
        return sizes
    }
}
