import Glibc
public import Media
import Synchronization

/// A sound output without a sound card: a thread asks for 10 ms of sound every 10 ms and lets it go.
///
/// What is measured with a real card (underruns, the offset of sound and picture) is measured in the same way
/// with this one. ``start()`` and ``stop()`` may be called from any thread, also more than once.
public final class NullAudioOutput: Sendable {
    private static let rate = 48_000
    private static let channels = 2
    private static let blockLength = 480
    private static let blockDuration: Int64 = 10_000_000
    /// As long as a real card takes.
    private static let latency: Int64 = 20_000_000
    /// After a longer delay, nanoseconds, the thread goes on from the present, as a card does that ran dry.
    private static let patience: Int64 = 200_000_000

    private final class Loop: Sendable {
        let playout: Playout
        let clock: MediaClock
        let isStopped = Atomic(false)

        init(playout: Playout, clock: MediaClock) {
            self.playout = playout
            self.clock = clock
        }
    }

    private struct Running: Sendable {
        var thread: pthread_t
        var loop: Loop
    }

    private let playout: Playout
    private let clock: MediaClock
    private let running = Mutex<Running?>(nil)

    /// An output, not yet started, that takes what `playout` mixes, at the pace of `CLOCK_MONOTONIC`.
    ///
    /// `clock` is the one that playout's times are of; it may differ from the system's, but for pauses it must run as
    /// fast.
    public init(playout: Playout, clock: MediaClock = .system) {
        self.playout = playout
        self.clock = clock
    }

    deinit { stop() }

    /// Starts the thread.
    ///
    /// - Throws: ``DisplayError/noAudioDevice(reason:)`` where the system has no thread to give.
    public func start() throws(DisplayError) {
        let status = running.withLock { running in
            guard running == nil else { return Int32(0) }
            let loop = Loop(playout: playout, clock: clock)
            let (thread, status) = Self.spawn(loop)
            if status == 0 { running = Running(thread: thread, loop: loop) }
            return status
        }
        guard status == 0 else {
            throw .noAudioDevice(reason: "pthread_create: \(String(cString: strerror(status)))")
        }
    }

    /// Stops the thread and waits for its end.
    public func stop() {
        running.withLock { current in
            guard let active = current else { return }
            active.loop.isStopped.store(true, ordering: .relaxed)
            pthread_join(active.thread, nil)
            current = nil
        }
    }

    private static func spawn(_ loop: Loop) -> (thread: pthread_t, status: Int32) {
        var thread = pthread_t()
        // SAFETY: the thread takes over this reference when it begins; where it does not begin, it is given
        // back here.
        let reference = Unmanaged.passRetained(loop)
        let status = pthread_create(&thread, nil, { NullAudioOutput.run($0) }, reference.toOpaque())
        if status != 0 { reference.release() }
        return (thread, status)
    }

    private static func run(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
        guard let argument else { return nil }
        let loop = Unmanaged<Loop>.fromOpaque(argument).takeRetainedValue()
        let block = UnsafeMutableBufferPointer<Float>.allocate(capacity: blockLength * channels)
        defer { block.deallocate() }
        block.initialize(repeating: 0)
        var deadline = MediaClock.system.now()
        while !loop.isStopped.load(ordering: .relaxed) {
            MediaClock.sleep(until: deadline)
            let now = MediaClock.system.now()
            if now - deadline > patience { deadline = now }
            let present = loop.clock.now()
            loop.playout.mix(
                into: block, channels: channels, rate: rate, now: present,
                audibleAt: present + (deadline - now + latency))
            deadline = deadline + blockDuration
        }
        return nil
    }
}
