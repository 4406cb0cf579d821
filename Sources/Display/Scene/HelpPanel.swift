import Layout

/// The list of keys, over the scene.
struct HelpPanel {
    private static let keys = [
        ("f", "full screen on and off"), ("1 – 9", "show one participant large"), ("0", "show all in a grid"),
        ("Page Up, Down", "turn the page, where not all fit"),
        ("s", "loudspeaker off and on"), ("Tab", "this list"), ("q", "leave"),
    ]

    private static let ownKeys = [
        ("m", "your microphone off and on"), ("v", "your camera off and on"),
    ]

    private static let replayKeys = [
        ("Space", "pause, and go on"), ("← →", "10 seconds back or on"), ("↑ ↓", "a minute on or back"),
        ("g 1230 Return", "go to 12:30"), ("+ −", "faster, slower"),
    ]

    /// Height of the letters, pixels.
    let letters: Int
    /// Whether a recording is shown.
    let isReplay: Bool
    /// Whether the viewer sends something.
    let sends: Bool

    private var keys: [(String, String)] {
        (isReplay ? Self.replayKeys : []) + (sends ? Self.ownKeys : []) + Self.keys
    }

    /// Draws the panel in the middle of `window`.
    func draw(in window: PixelRect, with renderer: SceneRenderer) throws(DisplayError) {
        let line = letters * 7 / 4
        let keyColumn = (keys.map { renderer.width(of: $0.0, size: letters) }.max() ?? 0) + 2 * letters
        let textColumn = keys.map { renderer.width(of: $0.1, size: letters) }.max() ?? 0
        let width = min(keyColumn + textColumn + 4 * letters, window.width)
        let height = min(line * keys.count + 3 * letters, window.height)
        let panel = PixelRect(
            x: window.x + (window.width - width) / 2, y: window.y + (window.height - height) / 2,
            width: width,
            height: height)
        try renderer.fillRounded(panel, radius: letters, .panel)
        for (index, key) in keys.enumerated() {
            let y = panel.y + letters * 3 / 2 + index * line
            try renderer.draw(Label(text: key.0, size: letters, color: .text), x: panel.x + 2 * letters, y: y)
            try renderer.draw(
                Label(text: key.1, size: letters, color: .dimText), x: panel.x + 2 * letters + keyColumn, y: y
            )
        }
    }
}
