import Media
import NIOCore
import Wire

/// One participant of a load run: joins, publishes or subscribes, counts what comes, comes back when it was cut off.
///
/// Confined to the load's event loop. It is a channel handler as thin as can be: media is counted by its headers.
final class LoadParticipant: ChannelInboundHandler, @unchecked Sendable {
    // SAFETY: every method runs on the load's one event loop.

    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// Where it is.
    enum State { case waiting, connecting, joined, refused }

    let name: String
    let room: LoadRoom
    private(set) var state = State.waiting
    /// Nanoseconds of the monotonic clock at which it asked for media; `nil` where it does not.
    private(set) var subscribed: Int64?
    private unowned let run: LoadRun
    private let streams: [LoadStream]
    private let receives: Bool
    private let phase: Double
    private var channel: (any Channel)?
    private var scanner = FrameScanner()
    private var progress: [UInt32: TrackProgress] = [:]
    private var senders: [LoadSender] = []
    private var clockOffset: Int64?
    private var origin: Int64 = 0
    private var isOver = false

    /// A participant that sends `streams`, none for a subscriber.
    init(name: String, room: LoadRoom, streams: [LoadStream], receives: Bool, phase: Double, run: LoadRun) {
        self.name = name
        self.room = room
        self.streams = streams
        self.receives = receives
        self.phase = phase
        self.run = run
    }

    /// A new attempt begins.
    func connect() {
        state = .connecting
        scanner = FrameScanner()
        progress = [:]
        senders = []
        clockOffset = nil
        subscribed = nil
        isOver = false
    }

    /// It could not connect.
    func failed(_ reason: String) {
        guard !isOver else { return }
        isOver = true
        state = .waiting
        run.failed(self, reason: reason, wasJoined: false)
    }

    // MARK: Channel events

    func channelActive(context: ChannelHandlerContext) {
        channel = context.channel
        send(.hello(protocolVersion: WireLimits.protocolVersion, room: room.name, name: name))
    }

    func channelInactive(context: ChannelHandlerContext) { ended("the connection was closed") }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let now = MediaClock.system.now().nanoseconds
        do throws(WireError) {
            try unwrapInboundIn(data).withUnsafeReadableBytes { (bytes) throws(WireError) in
                try scanner.scan(bytes) { item in
                    switch item {
                    case .media(let track, let sequence, _, let bytes):
                        received(track, sequence, bytes, now)
                    case .control(let json): received(json, now)
                    }
                }
            }
        } catch {
            run.note(error: "the server sent what is not the protocol: \(error)")
            context.close(promise: nil)
        }
    }

    private func ended(_ reason: String) {
        channel = nil
        for sender in senders {
            sender.stop()
            room.tracks[sender.id.rawValue] = nil
        }
        guard !isOver else { return }
        isOver = true
        let wasJoined = state == .joined
        if state != .refused { state = .waiting }
        run.failed(self, reason: reason, wasJoined: wasJoined)
    }

    // MARK: Receiving

    private func received(_ track: UInt32, _ sequence: UInt32, _ bytes: Int, _ now: Int64) {
        run.counters.delivered += 1
        run.counters.deliveredBytes += bytes
        switch progress[track, default: TrackProgress()].take(sequence) {
        case .inOrder(let missing): run.counters.lost += missing
        case .outOfOrder: run.counters.outOfOrder += 1
        }
        // What was cached before this subscriber asked for it was not late.
        if let sent = room.tracks[track]?.sent(sequence), let subscribed, sent >= subscribed {
            run.counters.latencies.add(microseconds: (now - sent) / 1000)
        }
    }

    private func received(_ json: [UInt8], _ now: Int64) {
        guard !ControlNoise.isNoise(json) else { return }
        guard let message = try? ServerMessage(json: ByteBuffer(bytes: json)) else {
            return run.note(error: "a control message could not be read")
        }
        switch message {
        case .welcome:
            state = .joined
            if receives {
                subscribed = now
                send(.subscribe(tracks: nil))
            }
            ping()
            run.joined(self)
        case .pong(let time, let server): synchronised(sent: time, server: server, now / 1000)
        case .published(let ref, let track): published(ref, track)
        case .keyframe(let track): senders.first { $0.id == track }?.restart()
        case .untrack(let track): progress[track.rawValue] = nil
        case .dropped(_, let count, _): run.counters.told += count
        case .bye(let reason, _): run.note(error: "bye \(reason)")
        case .error(let code, _, let isFatal, _):
            run.note(error: code)
            if isFatal, state == .connecting { state = .refused }
        default: break
        }
    }

    private func synchronised(sent: Int64, server: Int64, _ now: Int64) {
        run.counters.roundTrips.add(microseconds: now - sent)
        let isFirst = clockOffset == nil
        clockOffset = server - (sent + now) / 2
        if isFirst {
            origin = now * 1000
            for (index, stream) in streams.enumerated() {
                send(.publish(ref: UInt32(index), track: WireTrack(stream.description)))
            }
        } else {
            for sender in senders { sendClock(sender.id) }
        }
    }

    private func published(_ ref: UInt32, _ id: TrackID) {
        guard Int(ref) < streams.count, let channel else { return }
        let sender = LoadSender(
            id: id, stream: streams[Int(ref)], origin: origin, phase: phase, run: run)
        senders.append(sender)
        room.tracks[id.rawValue] = sender.track
        sendClock(id)
        // All tracks begin together: a track that comes later would begin a new file of the recording.
        guard senders.count == streams.count else { return }
        for sender in senders { sender.start(channel) }
    }

    private func sendClock(_ track: TrackID) {
        send(.clock(track: track, pts: 0, time: origin / 1000 + (clockOffset ?? 0)))
    }

    // MARK: What the run asks for

    /// Asks for the server's clock, which also says that this participant is alive.
    func ping() { send(.ping(time: MediaClock.system.now().nanoseconds / 1000)) }

    /// Sends no more media.
    func stopSending() { for sender in senders { sender.stop() } }

    /// Whether everything that was sent has come.
    var isUpToDate: Bool { missingTracks.allSatisfy { $0.progress?.next == $0.track.next } }

    /// Packets that did not come since the last that did, and tracks of which nothing came, by now.
    func countMissing(subscribedBefore time: Int64) -> (packets: Int, tracks: Int) {
        var result = (packets: 0, tracks: 0)
        for (track, progress) in missingTracks {
            if let next = progress?.next {
                result.packets += Int(clamping: track.next &- next)
            } else if let subscribed, subscribed < time {
                result.tracks += 1
            }
        }
        return result
    }

    private var missingTracks: [(track: LoadTrack, progress: TrackProgress?)] {
        guard state == .joined, subscribed != nil else { return [] }
        return room.tracks.compactMap { id, track in
            let isOwn = senders.contains { $0.id.rawValue == id }
            return isOwn || track.next == 0 ? nil : (track, progress[id])
        }
    }

    /// Leaves.
    func leave() {
        isOver = true
        send(.bye(reason: nil))
    }

    /// Ends the connection if it is still there.
    func close() { channel?.close(promise: nil) }

    /// Whether the connection is gone.
    var isClosed: Bool { channel == nil }

    private func send(_ message: ClientMessage) {
        channel?.writeAndFlush(message.encoded(), promise: nil)
    }
}

/// Control messages that a load does not look into. In a large room there are more of them than packets, so they are known
/// by their beginning; written otherwise they are read like all the others.
private enum ControlNoise {
    private static let beginnings = ["joined", "left", "track", "clock", "muted", "chat", "recording"].map {
        Array("{\"type\":\"\($0)\"".utf8)
    }

    static func isNoise(_ json: [UInt8]) -> Bool { beginnings.contains { json.starts(with: $0) } }
}
