import CSDL
import Glibc

/// What all parts that use SDL share.
enum SDL {
    /// SDL's text for what failed last on this thread.
    static var reason: String { String(cString: SDL_GetError()) }

    /// Tells SDL, once, that the program has a `main` of its own and handles its signals itself.
    static let ready: Void = {
        SDL_SetMainReady()
        SDL_SetHint(SDL_HINT_NO_SIGNAL_HANDLERS, "1")
        SDL_SetHint(SDL_HINT_VIDEO_X11_NET_WM_BYPASS_COMPOSITOR, "0")
    }()

    /// Writes a line for the person to standard error.
    static func note(_ text: String) {
        let line = text + "\n"
        _ = line.utf8.withContiguousStorageIfAvailable { write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}
