import Media
import NIOCore
import Wire

/// Sends one stream on one track in real time, again and again. Confined to the load's event loop.
final class LoadSender {
    /// Beyond this delay, in nanoseconds, packets are left out rather than sent in a burst.
    private static let longestDelay: Int64 = 1_000_000_000

    let id: TrackID
    let track = LoadTrack()
    private let stream: LoadStream
    private let origin: Int64
    private let phase: Double
    /// Packets that were due so far.
    private var count: Int64 = 0
    /// Place in the stream of the next packet.
    private var position = 0
    private var isStopped = false
    private unowned let run: LoadRun

    /// - Parameters:
    ///   - origin: nanoseconds of the monotonic clock at PTS 0.
    ///   - phase: share of an interval by which it is later than others.
    init(id: TrackID, stream: LoadStream, origin: Int64, phase: Double, run: LoadRun) {
        self.id = id
        self.stream = stream
        self.origin = origin
        self.phase = phase
        self.run = run
    }

    /// Sends from now on.
    func start(_ channel: any Channel) { schedule(channel) }

    /// Sends nothing more.
    func stop() { isStopped = true }

    /// Goes on with the keyframe.
    func restart() { position = 0 }

    private var due: Int64 { origin + Int64((Double(count) + phase) * stream.interval) }

    private func schedule(_ channel: any Channel) {
        let deadline = NIODeadline.uptimeNanoseconds(UInt64(max(0, due)))
        channel.eventLoop.assumeIsolated().scheduleTask(deadline: deadline) { self.tick(channel) }
    }

    private func tick(_ channel: any Channel) {
        guard !isStopped, channel.isActive else { return }
        let now = MediaClock.system.now().nanoseconds
        run.counters.delays.add(microseconds: (now - due) / 1000)
        if now - due > Self.longestDelay {
            let skipped = Int64(Double(now - due) / stream.interval)
            count += skipped
            run.counters.unsent += Int(skipped)
            restart()
        }
        if channel.isWritable { send(channel, now: now) } else { skip() }
        count += 1
        schedule(channel)
    }

    private func skip() {
        run.counters.unsent += 1
        restart()
    }

    private func send(_ channel: any Channel, now: Int64) {
        let item = stream.items[position]
        position = (position + 1) % stream.items.count
        let header = MediaHeader(
            track: id, sequence: track.send(now: now), dts: Int64((Double(count) * stream.ticks).rounded()),
            ptsOffset: 0, duration: UInt32(stream.ticks), flags: item.flags)
        var bytes = channel.allocator.buffer(capacity: 5 + WireLimits.mediaHeaderBytes)
        bytes.writeInteger(UInt32(1 + WireLimits.mediaHeaderBytes + item.payload.readableBytes))
        bytes.writeInteger(Frame.Kind.media)
        header.write(to: &bytes)
        run.counters.sent += 1
        run.counters.sentBytes += bytes.readableBytes + item.payload.readableBytes
        channel.write(bytes, promise: nil)
        channel.writeAndFlush(item.payload, promise: nil)
    }
}
