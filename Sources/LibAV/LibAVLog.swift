import CFFmpeg
import Glibc
import Synchronization

/// FFmpeg's log, led into the program's own.
public enum LibAVLog {
    /// How bad a line is.
    public enum Level: Sendable {
        /// Something was lost or cannot go on.
        case error
        /// Something looks wrong.
        case warning
        /// Everything else that was asked for.
        case info
    }

    private struct State {
        var sink: (@Sendable (Level, String) -> Void)?
        /// Lines at level error of threads that are inside `collectingErrors`.
        var collected: [UInt: [String]] = [:]
    }

    private static let state = Mutex(State())
    private static let isInstalled = Mutex(false)
    private static let errorLevel: Int32 = 16
    private static let warningLevel: Int32 = 24
    private static let maximumCollectedLines = 8

    /// Sends lines at level warning and above to `sink` from now on; it is called on any thread.
    ///
    /// Until it is called, FFmpeg's lines are dropped: a library does not write to the terminal by itself.
    public static func install(_ sink: @escaping @Sendable (Level, String) -> Void) {
        redirect()
        state.withLock { $0.sink = sink }
    }

    /// Runs `body`, and puts what this thread logged at level error meanwhile into the error that it throws.
    static func collectingErrors<Result: ~Copyable>(
        _ body: () throws(AVError) -> Result
    ) throws(AVError) -> Result {
        redirect()
        let thread = UInt(pthread_self())
        state.withLock { $0.collected[thread] = [] }
        do {
            let result = try body()
            state.withLock { $0.collected[thread] = nil }
            return result
        } catch {
            let lines = state.withLock { $0.collected.removeValue(forKey: thread) } ?? []
            throw AVError(operation: error.operation, code: error.code, log: error.log + lines)
        }
    }

    static func redirect() {
        isInstalled.withLock { isInstalled in
            guard !isInstalled else { return }
            isInstalled = true
            convene_set_log_sink(
                { level, line in
                    guard let line else { return }
                    LibAVLog.receive(level: level, line: String(cString: line))
                }, warningLevel)
        }
    }

    /// A line without the `[h264 @ 0x55d0c0ffee00] ` in front: an address tells nobody anything.
    private static func withoutAddress(_ line: String) -> String {
        guard line.first == "[", let end = line.firstIndex(of: "]"), line[..<end].contains(" @ 0x") else {
            return line
        }
        return String(line[line.index(after: end)...].drop { $0 == " " })
    }

    private static func receive(level: Int32, line: String) {
        var text = line
        while text.last?.isNewline == true { text.removeLast() }
        guard !text.isEmpty else { return }
        let thread = UInt(pthread_self())
        let sink = state.withLock { state in
            guard level <= errorLevel, let lines = state.collected[thread] else { return state.sink }
            // The error that is about to be thrown carries the line; saying it twice helps nobody.
            if lines.count < maximumCollectedLines {
                state.collected[thread] = lines + [withoutAddress(text)]
            }
            return nil
        }
        sink?(level <= errorLevel ? .error : level <= warningLevel ? .warning : .info, text)
    }
}
