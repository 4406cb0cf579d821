import Glibc
import Media
import Synchronization

/// Lines that a person types on standard input.
///
/// On a terminal it draws the line that is being typed itself, below what ``Output`` writes, so that neither lands in the
/// other. Elsewhere lines are read as they come.
enum ChatInput {
    private static let prompt = "> "
    /// How the terminal was before; restored at the end.
    private static let before = Mutex<termios?>(nil)
    private static let hasHandler = Mutex(false)

    /// Reads on a thread that ends with the input, or with the process.
    static func start(_ receive: @escaping @Sendable (String) -> Void) {
        let isTerminal = takeTerminal()
        do {
            _ = try BlockingThread("chat") {
                if isTerminal { readKeys(receive) } else { readLines(receive) }
            }
        } catch {
            giveBack()
            Output.note("* nothing can be written into the chat: \(error)")
        }
    }

    private static func readLines(_ receive: (String) -> Void) {
        while let line = readLine() { receive(line) }
    }

    private static func readKeys(_ receive: (String) -> Void) {
        var editor = LineEditor()
        var buffer = [UInt8](repeating: 0, count: 256)
        show(editor)
        while true {
            let count = read(STDIN_FILENO, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return }
            for byte in buffer[..<count] {
                switch editor.take(byte) {
                case .nothing: break
                case .changed: show(editor)
                case .line(let line):
                    show(editor)
                    receive(line)
                }
            }
        }
    }

    private static func show(_ editor: LineEditor) {
        let columns = TerminalSize.current().columns - prompt.count
        Output.setInputLine(prompt + editor.tail(columns: max(columns, 1)))
    }

    /// Lets the program see each key, where both ends are a terminal.
    private static func takeTerminal() -> Bool {
        guard isatty(STDIN_FILENO) != 0, isatty(STDOUT_FILENO) != 0 else { return false }
        var settings = termios()
        guard tcgetattr(STDIN_FILENO, &settings) == 0 else { return false }
        before.withLock { $0 = settings }
        hasHandler.withLock { has in
            if !has { atexit { ChatInput.giveBack() } }
            has = true
        }
        settings.c_lflag &= ~tcflag_t(ICANON | ECHO)
        return tcsetattr(STDIN_FILENO, TCSANOW, &settings) == 0
    }

    /// Leaves the terminal as it was.
    static func giveBack() {
        let settings = before.withLock { saved in
            defer { saved = nil }
            return saved
        }
        guard var settings else { return }
        Output.setInputLine(nil)
        tcsetattr(STDIN_FILENO, TCSANOW, &settings)
    }
}
