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

    private static let sink = Mutex<(@Sendable (Level, String) -> Void)?>(nil)
    /// Where a thread that is inside `collectingErrors` collects lines at level error: `[String]`.
    private static let collection: pthread_key_t = {
        var key = pthread_key_t()
        precondition(pthread_key_create(&key, nil) == 0, "no key for a thread's own data is left")
        return key
    }()
    private static let isInstalled = Mutex(false)
    private static let errorLevel: Int32 = 16
    private static let warningLevel: Int32 = 24
    private static let maximumCollectedLines = 8

    /// Sends lines at level warning and above to `sink` from now on; it is called on any thread.
    ///
    /// Until it is called, FFmpeg's lines are dropped: a library does not write to the terminal by itself.
    public static func install(_ sink: @escaping @Sendable (Level, String) -> Void) {
        redirect()
        Self.sink.withLock { $0 = sink }
    }

    /// Runs `body`, and puts what this thread logged at level error meanwhile into the error that it throws.
    static func collectingErrors<Result: ~Copyable>(
        _ body: () throws(AVError) -> Result
    ) throws(AVError) -> Result {
        redirect()
        var lines: [String] = []
        return try withUnsafeMutablePointer(to: &lines) { lines throws(AVError) in
            let outer = pthread_getspecific(collection)
            pthread_setspecific(collection, lines)
            defer { pthread_setspecific(collection, outer) }
            do throws(AVError) { return try body() } catch {
                throw AVError(operation: error.operation, code: error.code, log: error.log + lines.pointee)
            }
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
        if level <= errorLevel, let lines = pthread_getspecific(collection) {
            // The error that is about to be thrown carries the line; saying it twice helps nobody.
            let lines = lines.assumingMemoryBound(to: [String].self)
            if lines.pointee.count < maximumCollectedLines { lines.pointee.append(withoutAddress(text)) }
            return
        }
        let sink = sink.withLock { $0 }
        sink?(level <= errorLevel ? .error : level <= warningLevel ? .warning : .info, text)
    }
}
