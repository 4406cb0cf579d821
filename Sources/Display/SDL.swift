import CSDL
import Glibc

/// What all parts that use SDL share.
enum SDL {
    /// SDL's text for what failed last on this thread.
    static var reason: String { String(cString: SDL_GetError()) }

    /// Tells SDL, once, that the program has a `main` of its own and handles its signals itself.
    static let ready: Void = {
        useUnicode()
        SDL_SetMainReady()
        SDL_SetHint(SDL_HINT_NO_SIGNAL_HANDLERS, "1")
        SDL_SetHint(SDL_HINT_VIDEO_X11_NET_WM_BYPASS_COMPOSITOR, "0")
    }()

    /// X11 encodes a window's title by the program's locale, and leaves out the part of it that window managers read where that
    /// is `C`, as it is until somebody sets it.
    private static func useUnicode() {
        if setlocale(LC_CTYPE, "") != nil, let codes = nl_langinfo(Int32(CODESET)),
            String(cString: codes) == "UTF-8"
        {
            return
        }
        if setlocale(LC_CTYPE, "C.UTF-8") == nil { _ = setlocale(LC_CTYPE, "en_US.UTF-8") }
    }

    /// Writes a line for the person to standard error.
    static func note(_ text: String) {
        let line = text + "\n"
        _ = line.utf8.withContiguousStorageIfAvailable { write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}
