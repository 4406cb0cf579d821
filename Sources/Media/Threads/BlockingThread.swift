import Glibc

/// A thread for work that blocks: devices, codecs, disks. Neither event loops nor tasks may do that.
public final class BlockingThread: Sendable {
    private let completion = Completion()

    /// Starts a thread that runs `body` and ends with it.
    ///
    /// - Parameters:
    ///   - name: for `top` and debuggers; the kernel keeps 15 bytes.
    ///   - stackBytes: size of its stack, of which only what is used takes memory.
    ///   - niceness: how much it gives way to the rest of the program while all cores are busy: 0 to 19 steps of `nice(2)`.
    /// - Throws: ``ThreadError`` where the system has no thread left. `body` is not run then.
    public init(
        _ name: String, stackBytes: Int = 1 << 20, niceness: Int32 = 0, _ body: @escaping @Sendable () -> Void
    ) throws(ThreadError) {
        let start = Start(name: name, niceness: niceness, body: body, completion: completion)
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        pthread_attr_setstacksize(&attributes, stackBytes)
        let opaque = Unmanaged.passRetained(start).toOpaque()
        var thread = pthread_t()
        let code = pthread_create(&thread, &attributes, { Start.run($0) }, opaque)
        pthread_attr_destroy(&attributes)
        guard code == 0 else {
            // Nobody else will let go of it.
            Unmanaged<Start>.fromOpaque(opaque).release()
            throw ThreadError(thread: name, errno: code)
        }
    }

    /// Whether the thread has ended.
    public var isFinished: Bool { completion.isFinished }

    /// Returns when the thread has ended.
    public func wait() async { await completion.wait() }

    /// Returns when the thread has ended, or `nanoseconds` from now at the latest.
    /// - Returns: whether it has ended.
    @discardableResult
    public func wait(atMost nanoseconds: Int64) async -> Bool { await completion.wait(atMost: nanoseconds) }
}

/// What a new thread is given.
private final class Start: Sendable {
    let name: String
    let niceness: Int32
    let body: @Sendable () -> Void
    let completion: Completion

    init(
        name: String, niceness: Int32, body: @escaping @Sendable () -> Void, completion: Completion
    ) {
        self.name = name
        self.niceness = niceness
        self.body = body
        self.completion = completion
    }

    static func run(_ opaque: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
        guard let opaque else { return nil }
        let start = Unmanaged<Start>.fromOpaque(opaque).takeRetainedValue()
        start.nameThisThread()
        start.giveWay()
        start.body()
        start.completion.finish()
        return nil
    }

    /// Everybody may be nicer than before; a system that refuses changes nothing but latencies.
    private func giveWay() {
        guard niceness > 0 else { return }
        // To Linux, 0 is the thread that calls.
        let process = __priority_which_t(PRIO_PROCESS.rawValue)
        _ = setpriority(process, 0, min(19, getpriority(process, 0) + niceness))
    }

    private func nameThisThread() {
        let file = open("/proc/thread-self/comm", O_WRONLY | O_CLOEXEC)
        guard file >= 0 else { return }
        // Only for people who look: a kernel without it changes nothing.
        _ = write(file, name, min(name.utf8.count, 15))
        close(file)
    }
}
