import Glibc
import Media
import NIOCore
import NIOPosix
import Wire

/// The sending side of one connection.
///
/// Confined to the channel's event loop. As long as the socket takes everything, bytes go straight to its descriptor. What it
/// does not take goes to a bounded queue, and from there through the channel, until nothing waits any more.
final class ConnectionOutput {
    /// Bytes that the channel holds at most: what it has cannot be dropped any more.
    private static let channelBytes = 65_536

    private let configuration: RelayConfiguration
    private let clock: MediaClock
    private let channel: any Channel
    /// Told when the channel has sent what it had.
    unowned var connection: ConnectionHandler?
    /// The socket, to which bytes may go past the channel while nothing waits; −1 where there is none.
    private(set) var descriptor: CInt = -1
    /// What waits; there is none while the socket takes everything.
    private(set) var queue: SendQueue?
    private var channelBytes = 0
    private var writtenBytes = 0
    private var takenBytes = 0
    private var lastProgress: MonotonicTime?
    private var isPumping = false
    private var hasDropped = false
    private var isClosing = false
    private var isOutputClosed = false

    init(channel: any Channel, relay: RelayContext) {
        self.channel = channel
        clock = relay.clock
        configuration = relay.configuration
    }

    /// Finds the socket. Without it, for instance under a handler that encrypts, everything goes through the channel.
    func activate() {
        let handle = NIOBSDSocket.Handle.self
        let found = try? channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(of: handle) { $0 }
        if let found { descriptor = found }
    }

    /// Whether the socket has bytes that nobody has read yet.
    var hasInput: Bool {
        guard descriptor >= 0, channel.isActive else { return false }
        var count: CInt = 0
        return ioctl(descriptor, UInt(FIONREAD), &count) == 0 && count > 0
    }

    // MARK: Straight to the socket

    /// Sends what the socket takes at once.
    /// - Returns: the bytes that it took; 0 while anything waits.
    func send(_ list: SendList) -> Int {
        // The descriptor of a channel that is not active may belong to somebody else by now.
        guard queue == nil, descriptor >= 0, channel.isActive else { return 0 }
        return list.send(to: descriptor)
    }

    // MARK: Through the queue

    /// Makes the queue, for these tracks. There must be none.
    func beginQueue(_ tracks: [TrackID: FeedState]) {
        var queue = SendQueue(
            limits: .init(
                mediaBytes: configuration.subscriberQueueBytes,
                age: Int64(configuration.subscriberQueueInMilliseconds) * 1_000_000),
            notice: { track, count in
                ServerMessage.dropped(track: track, count: count, reason: "slow_consumer").encoded()
            })
        for (track, state) in tracks { queue.open(track, state) }
        self.queue = queue
        hasDropped = false
    }

    /// Removes the queue if nothing waits and nothing has to recover.
    /// - Returns: the tracks that were open in it.
    func endQueue() -> [TrackID: FeedState]? {
        guard let queue, queue.isSettled, channelBytes == 0, descriptor >= 0 else { return nil }
        let states = queue.states
        self.queue = nil
        lastProgress = nil
        return states
    }

    /// Changes the queue; nothing where there is none. ``pump(now:)`` has to follow.
    func withQueue(_ body: (inout SendQueue) -> Void) {
        if var queue = queue.take() {
            body(&queue)
            self.queue = queue
        }
    }

    /// What came of ``pump(now:)``.
    struct Progress {
        var bytes = 0
        var packets = 0
        /// Tracks whose publisher should be asked for a keyframe, because there is room again.
        var tracksInNeedOfKeyframe: [TrackID] = []
    }

    /// Hands the channel what it takes, and drops what exceeds the queue's bounds.
    func pump(now: MonotonicTime) -> Progress {
        guard !isPumping else { return Progress() }
        isPumping = true
        let (bytes, packets) = (writtenBytes, queue?.poppedPackets ?? 0)
        while channelBytes == 0, channel.isActive, write(now: now) {}
        isPumping = false
        var progress = Progress(
            bytes: writtenBytes - bytes, packets: (queue?.poppedPackets ?? packets) - packets)
        if let dropped = queue?.trim(now: now), !dropped.isEmpty { hasDropped = true }
        closeIfEmpty()
        if hasDropped, channelBytes == 0, let queue, queue.isEmpty {
            hasDropped = false
            progress.tracksInNeedOfKeyframe = queue.tracksInNeedOfKeyframe
        }
        return progress
    }

    private func write(now: MonotonicTime) -> Bool {
        var last: ByteBuffer?
        while channelBytes < Self.channelBytes, let bytes = queue?.pop(now: now) {
            if let last { channel.pipeline.syncOperations.write(NIOAny(last), promise: nil) }
            channelBytes += bytes.readableBytes
            last = bytes
        }
        guard let last else { return false }
        writtenBytes += channelBytes
        let promise = channel.eventLoop.makePromise(of: Void.self)
        promise.futureResult.assumeIsolated().whenComplete { [self, connection] _ in
            channelBytes = 0
            if !isPumping { connection?.flushOutput(now: clock.now()) }
        }
        channel.pipeline.syncOperations.writeAndFlush(NIOAny(last), promise: promise)
        return true
    }

    // MARK: Slow readers

    /// What was dropped since the last call.
    func takeDrops() -> [SendQueue.Drop] {
        queue?.takeDrops() ?? []
    }

    /// Nanoseconds for which there was something to send and the socket took none of it.
    func stalled(now: MonotonicTime) -> Int64 {
        guard queue != nil else { return 0 }
        let buffered = (try? channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
        let taken = writtenBytes - buffered
        guard taken == takenBytes, buffered > 0, let lastProgress else {
            takenBytes = taken
            lastProgress = now
            return 0
        }
        return now - lastProgress
    }

    /// The server stood still for so many nanoseconds, and the socket took nothing because nothing was given to it.
    func excuse(_ nanoseconds: Int64, now: MonotonicTime) {
        lastProgress = lastProgress.map { min(now, $0 + nanoseconds) }
    }

    /// Drops all media that waits; it goes on at the next keyframes.
    func dropMedia() {
        withQueue { $0.dropMedia() }
        hasDropped = true
    }

    // MARK: The end

    /// Sends what is queued, closes the sending side, waits for the peer to close; at the latest after
    /// `milliseconds` the connection is closed hard.
    func close(after milliseconds: Int) {
        guard !isClosing else { return }
        isClosing = true
        let deadline = channel.eventLoop.assumeIsolated().scheduleTask(
            in: .milliseconds(Int64(milliseconds))
        ) { [self] in closeHard() }
        channel.closeFuture.whenComplete { _ in deadline.cancel() }
        closeIfEmpty()
    }

    /// Gives up what waits: nobody gets it any more. Only once the channel is inactive.
    func discard() {
        queue = nil
        hasDropped = false
    }

    /// A peer that does not read must not make the kernel keep what it was sent, for minutes.
    private func closeHard() {
        if channelBytes > 0, descriptor >= 0, channel.isActive {
            var reset = linger(l_onoff: 1, l_linger: 0)
            setsockopt(
                descriptor, SOL_SOCKET, SO_LINGER, &reset, socklen_t(MemoryLayout<linger>.size))
        }
        channel.close(promise: nil)
    }

    private func closeIfEmpty() {
        guard isClosing, !isOutputClosed, channelBytes == 0, queue?.isEmpty ?? true else { return }
        isOutputClosed = true
        channel.close(mode: .output, promise: nil)
    }
}
