import CSDL
import Layout

/// An SDL window with its renderer. Owned: closed with the last reference. On the main thread.
final class Window {
    private let window: OpaquePointer
    /// Its renderer.
    let renderer: OpaquePointer

    /// Opens a window that can be resized.
    init(title: String, size: PixelSize) throws(DisplayError) {
        try Self.startVideo()
        let flags = SDL_WINDOW_RESIZABLE.rawValue | SDL_WINDOW_ALLOW_HIGHDPI.rawValue
        guard
            let window = SDL_CreateWindow(
                title, convene_window_centered, convene_window_centered, Int32(size.width),
                Int32(size.height), flags)
        else {
            let reason = SDL.reason
            SDL_QuitSubSystem(SDL_INIT_VIDEO)
            throw .window(operation: "SDL_CreateWindow", reason: reason)
        }
        let accelerated = SDL_CreateRenderer(window, -1, SDL_RENDERER_PRESENTVSYNC.rawValue)
        guard let renderer = accelerated ?? SDL_CreateRenderer(window, -1, SDL_RENDERER_SOFTWARE.rawValue)
        else {
            let reason = SDL.reason
            SDL_DestroyWindow(window)
            SDL_QuitSubSystem(SDL_INIT_VIDEO)
            throw .window(operation: "SDL_CreateRenderer", reason: reason)
        }
        self.window = window
        self.renderer = renderer
        SDL_SetWindowMinimumSize(window, 160, 90)
        SDL_DisableScreenSaver()
    }

    deinit {
        SDL_DestroyRenderer(renderer)
        SDL_DestroyWindow(window)
        SDL_QuitSubSystem(SDL_INIT_VIDEO)
    }

    /// Starts SDL's video, refusing its drivers that show nothing unless they were asked for.
    private static func startVideo() throws(DisplayError) {
        SDL.ready
        let isChosen = SDL_getenv("SDL_VIDEODRIVER") != nil
        guard isChosen || SDL_getenv("DISPLAY") != nil || SDL_getenv("WAYLAND_DISPLAY") != nil else {
            throw .window(
                operation: "SDL_InitSubSystem", reason: "neither DISPLAY nor WAYLAND_DISPLAY is set")
        }
        guard SDL_InitSubSystem(SDL_INIT_VIDEO) == 0 else {
            throw .window(operation: "SDL_InitSubSystem", reason: SDL.reason)
        }
        guard let driver = SDL_GetCurrentVideoDriver() else { return }
        let name = String(cString: driver)
        if !isChosen, ["offscreen", "dummy", "evdev"].contains(name) {
            SDL_QuitSubSystem(SDL_INIT_VIDEO)
            throw .window(
                operation: "SDL_InitSubSystem", reason: "no screen answers, only the driver \(name)")
        }
    }

    /// Whether it is on the screen, as far as the desktop tells: not minimised, nor on a desktop that hides it.
    var isVisible: Bool {
        SDL_GetWindowFlags(window) & (SDL_WINDOW_MINIMIZED.rawValue | SDL_WINDOW_HIDDEN.rawValue) == 0
    }

    /// Switches full screen on or off, at the desktop's resolution.
    func toggleFullScreen() {
        let full = SDL_WINDOW_FULLSCREEN_DESKTOP.rawValue
        SDL_SetWindowFullscreen(window, SDL_GetWindowFlags(window) & full == full ? 0 : full)
    }
}
