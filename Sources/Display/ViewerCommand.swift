/// What the viewer asked for with a key or the mouse.
public enum ViewerCommand: Sendable, Hashable {
    /// Full screen on or off: `f`.
    case fullScreen
    /// The participant with this index, from 0, large: `1` to `9`.
    case focus(Int)
    /// All participants in a grid: `0`.
    case grid
    /// Sound off or on: `m`.
    case mute
    /// The list of keys on or off: Tab.
    case help
    /// The end: `q`, or the window was closed.
    case quit
}
