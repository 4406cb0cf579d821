import Media
import NIOCore
import Wire

/// The sending side of one connection: the bounded queue on top of the channel's own buffer.
///
/// Confined to the channel's event loop. This is the one place that decides how much is written and when it is
/// flushed.
final class ConnectionOutput {
    var context: ChannelHandlerContext?
    var queue: SendQueue
    /// Bytes handed to the channel so far.
    private(set) var writtenBytes = 0
    private var takenBytes = 0
    private var lastProgress: MonotonicTime?
    private var drops: [TrackID: Int] = [:]
    private var hasDropped = false
    private var isClosing = false
    private var isOutputClosed = false

    init(configuration: RelayConfiguration) {
        queue = SendQueue(
            limits: .init(
                mediaBytes: configuration.subscriberQueueBytes,
                age: Int64(configuration.subscriberQueueInMilliseconds) * 1_000_000),
            notice: { track, count in
                ServerMessage.dropped(track: track, count: count, reason: "slow_consumer").encoded()
            })
    }

    /// Writes what the channel takes, flushes once, and drops what exceeds the queue's bounds.
    /// - Returns: tracks whose publisher should be asked for a keyframe, because there is room again.
    func flush(now: MonotonicTime) -> [TrackID] {
        guard let context else { return [] }
        var hasWritten = false
        while context.channel.isWritable, let bytes = queue.pop(now: now) {
            writtenBytes += bytes.readableBytes
            context.write(NIOAny(bytes), promise: nil)
            hasWritten = true
        }
        if hasWritten { context.flush() }
        for (track, count) in queue.trim(now: now) {
            drops[track, default: 0] += count
            hasDropped = true
        }
        if isClosing { closeWhenEmpty() }
        guard hasDropped, queue.isEmpty else { return [] }
        hasDropped = false
        return queue.tracksInNeedOfKeyframe
    }

    /// Packets dropped by track since the last call.
    func takeDrops() -> [TrackID: Int] {
        defer { drops = [:] }
        return drops
    }

    /// Nanoseconds for which there was something to send and the socket took none of it.
    func stalled(now: MonotonicTime) -> Int64 {
        guard let context else { return 0 }
        let buffered = (try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
        let taken = writtenBytes - buffered
        if taken != takenBytes || (buffered == 0 && queue.isEmpty) || lastProgress == nil {
            takenBytes = taken
            lastProgress = now
        }
        return now - (lastProgress ?? now)
    }

    /// Sends what is queued, closes the sending side, waits for the peer to close; at the latest after
    /// `milliseconds` the connection is closed hard.
    func close(after milliseconds: Int, now: MonotonicTime) {
        guard let context, !isClosing else { return }
        isClosing = true
        let channel = context.channel
        let deadline = context.eventLoop.scheduleTask(in: .milliseconds(Int64(milliseconds))) {
            channel.close(promise: nil)
        }
        channel.closeFuture.whenComplete { _ in deadline.cancel() }
        _ = flush(now: now)
    }

    private func closeWhenEmpty() {
        guard let context, queue.isEmpty, !isOutputClosed else { return }
        isOutputClosed = true
        let channel = context.channel
        channel.writeAndFlush(ByteBuffer()).whenComplete { _ in channel.close(mode: .output, promise: nil) }
    }
}
