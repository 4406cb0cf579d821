/// What the viewer asked for with a key or the mouse.
public enum ViewerCommand: Sendable, Hashable {
    /// Full screen on or off: `f`.
    case fullScreen
    /// The participant with this index, from 0, large: `1` to `9`.
    case focus(Int)
    /// All participants in a grid: `0`.
    case grid
    /// So many pages of participants on, or back where negative: Page Down and Page Up.
    case page(Int)
    /// The loudspeaker off or on: `s`.
    case loudspeaker
    /// One's microphone off or on: `m`. Where nothing is sent it means the loudspeaker.
    case microphone
    /// One's camera off or on: `v`.
    case camera
    /// The list of keys on or off: Tab.
    case help
    /// Stands still, or goes on: the space bar, in a replay.
    case pause
    /// Goes so many seconds on, or back where negative: the arrows, in a replay.
    case skip(seconds: Int)
    /// Goes to so many seconds from the beginning: `g`, digits, Return, in a replay.
    case goTo(seconds: Int)
    /// So many steps faster, or slower where negative: `+` and `-`, in a replay.
    case speed(Int)
    /// The end: `q`, or the window was closed.
    case quit
}
