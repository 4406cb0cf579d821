import CFFmpeg
import Glibc
import Media
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

    /// Where lines go. A class of its own: Swift wraps a closure that is kept in a generic type, such as `Mutex`, into two more
    /// at each read, until calling it overflows the stack.
    private final class Sink: Sendable {
        let write: @Sendable (Level, String) -> Void
        init(_ write: @escaping @Sendable (Level, String) -> Void) { self.write = write }
    }

    /// The limiter of each level: sums do not mix errors and warnings.
    private struct State {
        var sink: Sink?
        var errors = LineLimiter()
        var others = LineLimiter()
    }

    private static let state = Mutex(State())
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

    /// Sends lines at level error to `sink` from now on, with `warnings` those at level warning too; it is called on any thread.
    ///
    /// Each kind of line is sent once, what follows of it as a count (``LineLimiter``): a damaged stream makes thousands a second.
    /// Until it is called, FFmpeg's lines are dropped: a library does not write to the terminal by itself.
    public static func install(warnings: Bool = true, _ sink: @escaping @Sendable (Level, String) -> Void) {
        redirect()
        av_log_set_level(warnings ? warningLevel : errorLevel)
        let sink = Sink(sink)
        state.withLock { $0.sink = sink }
    }

    /// Sends the counts of what was held back, before the program ends.
    public static func sendCounts() {
        let now = MediaClock.system.now()
        let (sink, errors, others) = state.withLock { state in
            (state.sink, state.errors.rest(now: now), state.others.rest(now: now))
        }
        if let errors { sink?.write(.error, errors) }
        if let others { sink?.write(.warning, others) }
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

    /// A line with `h264: ` for the `[h264 @ 0x55d0c0ffee00] ` in front.
    private static func withName(_ line: String) -> String {
        guard line.first == "[", let end = line.firstIndex(of: "]"),
            let name = line[line.index(after: line.startIndex)..<end].firstRange(of: " @ 0x")
        else { return line }
        return "\(line[line.index(after: line.startIndex)..<name.lowerBound]): \(withoutAddress(line))"
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
        let isError = level <= errorLevel
        let now = MediaClock.system.now()
        let (sink, said) = state.withLock { state -> (Sink?, [String]) in
            guard let sink = state.sink else { return (nil, []) }
            let line = withName(text)
            return (sink, isError ? state.errors.take(line, now: now) : state.others.take(line, now: now))
        }
        for line in said { sink?.write(isError ? .error : level <= warningLevel ? .warning : .info, line) }
    }
}
