import Logging
import Media
import NIOCore
import Wire

/// One client's connection: moves bytes between the channel, the session state machine, its room and its queue.
///
/// Confined to `loop`. What it decides itself is only how output is queued and when timers have run out.
final class ConnectionHandler: ChannelDuplexHandler, @unchecked Sendable {
    // SAFETY: every method runs on `loop`, which those that are called from rooms check; `loop` is constant.

    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    let loop: any EventLoop
    let closed: EventLoopFuture<Void>
    private let relay: RelayContext
    private var context: ChannelHandlerContext?
    private var decoder = FrameDecoder()
    private var session: ServerSession
    private var output: ConnectionOutput
    private var batch: [RelayPacket] = []
    private var holdsRead = false
    private var room: Room?
    private var shard: RoomShard?
    private var participant = "-"
    private var address: ClientAddress?
    private let shared: RelayLoop?
    private let opened: MonotonicTime
    private var lastFrame: MonotonicTime
    private var housekeeping: RepeatedTask?

    init(channel: any Channel, relay: RelayContext) {
        loop = channel.eventLoop
        closed = channel.closeFuture
        self.relay = relay
        shared = relay.shared.first { $0.loop === channel.eventLoop }
        session = ServerSession(limits: relay.configuration.session)
        output = ConnectionOutput(configuration: relay.configuration)
        opened = relay.clock.now()
        lastFrame = opened
    }

    // MARK: Channel events

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        output.context = context
        relay.add(self)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        output.context = nil
    }

    func channelActive(context: ChannelHandlerContext) {
        let configuration = relay.configuration
        let shortest = min(
            configuration.helloTimeoutInSeconds, configuration.idleTimeoutInSeconds,
            configuration.slowConsumerTimeoutInSeconds)
        let period = TimeAmount.nanoseconds(Int64(min(1, max(0.01, shortest / 4)) * 1e9))
        housekeeping = loop.scheduleRepeatedTask(initialDelay: period, delay: period) { _ in self.keepHouse()
        }
        if relay.isStopping { end(reason: "server_shutdown") }
        address = relay.count(context.remoteAddress)
        switch relay.admission(of: address) {
        case .serve: break
        case .refuse(let error): refused(error)
        case .drop: return context.close(promise: nil)
        }
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        perform(session.handle(.eof))
        housekeeping?.cancel()
        relay.remove(self)
        if let address { relay.uncount(address) }
        address = nil
        context.fireChannelInactive()
    }

    func read(context: ChannelHandlerContext) {
        if session.isWaiting { holdsRead = true } else { context.read() }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        // A connection that is being closed is still read, and what it sends thrown away: closing a socket with
        // unread input would reset the connection and destroy the error message on its way to the client.
        guard !session.isClosed else { return }
        decoder.append(unwrapInboundIn(data))
        decodeFrames()
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        relayBatch()
        context.fireChannelReadComplete()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        flushOutput(now: relay.clock.now())
        context.fireChannelWritabilityChanged()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        relay.logger.debug(
            "connection failed", metadata: ["participant": "\(participant)", "error": "\(error)"])
        context.close(promise: nil)
    }

    // MARK: Input

    private func decodeFrames() {
        let now = relay.clock.now()
        while !session.isWaiting && !session.isClosed {
            do throws(WireError) {
                decoder.mediaRefusal = session.mediaRefusal
                guard let frame = try decoder.next() else { return }
                lastFrame = now
                perform(session.handle(.frame(frame, now: now)))
            } catch {
                perform(session.handle(.undecodable(error)))
            }
        }
    }

    /// Hands the packets of one read to the room. Everything else that a client asks for comes after them.
    private func relayBatch() {
        guard !batch.isEmpty else { return }
        let packets = batch
        batch.removeAll(keepingCapacity: true)
        shard?.publish(packets)
    }

    private func perform(_ actions: [ServerSession.Action]) {
        for action in actions {
            if case .media(let header, let kind, let frame) = action {
                guard case .media(_, let payload) = frame.body else { continue }
                shared?.counters.packetsIn += 1
                shared?.counters.bytesIn += frame.bytes.readableBytes
                batch.append(RelayPacket(header: header, kind: kind, frame: frame.bytes, payload: payload))
            } else {
                relayBatch()
                performControl(action)
            }
        }
    }

    private func performControl(_ action: ServerSession.Action) {
        switch action {
        case .media: break
        case .join(let name, let person, let resume):
            guard let room = relay.acquire(name) else { return refused(relay.tooManyRooms) }
            self.room = room
            room.join(self, name: person, resume: resume)
        case .send(let message): tell(message)
        case .pong(let time):
            send(ServerMessage.pong(time: time, server: relay.serverTime()).encoded(), now: relay.clock.now())
        case .publish(let ref, let description): room?.publish(self, ref: ref, description: description)
        case .unpublish(let track): room?.unpublish(track)
        case .subscribe(let tracks): shard?.subscribe(self, to: tracks)
        case .unsubscribe(let tracks): shard?.unsubscribe(self, from: tracks)
        case .keyframe(let track): room?.requestKeyframe(track)
        case .clock(let track, let pts, let time): room?.clock(track, pts: pts, time: time)
        case .mute(let track, let isMuted): room?.mute(track, isMuted)
        case .chat(let text): room?.chat(self, text: text)
        case .record(let action): room?.record(self, action)
        case .leave(let reason):
            shard?.remove(self)
            shard = nil
            room?.leave(self, reason: reason, tracks: session.publishedTracks)
            room = nil
        case .close:
            output.close(after: relay.configuration.closeTimeoutInMilliseconds, now: relay.clock.now())
        }
    }

    private func log(_ message: ServerMessage) {
        guard case .error(let code, let text, let isFatal, _) = message else { return }
        relay.logger.info(
            "refused",
            metadata: [
                "participant": "\(participant)", "code": "\(code)", "message": "\(text)",
                "fatal": "\(isFatal)",
            ])
    }

    private func tell(_ message: ServerMessage) {
        log(message)
        send(message.encoded(), now: relay.clock.now())
    }

    // MARK: From the room

    /// Answers this client alone, unless its session is over.
    func answer(_ message: ServerMessage) {
        loop.preconditionInEventLoop()
        if !session.isClosed { tell(message) }
    }

    func admitted(_ welcome: Welcome, roster: ByteBuffer, shard: RoomShard, tracks: PublishedTracks?) {
        loop.preconditionInEventLoop()
        guard !session.isClosed else { return }
        participant = welcome.participant
        self.shard = shard
        shard.add(self)
        perform(session.handle(.admitted(welcome, tracks)))
        if roster.readableBytes > 0 { send(roster, now: relay.clock.now()) }
        resume()
    }

    func refused(_ error: WireError) {
        loop.preconditionInEventLoop()
        perform(session.handle(.refused(error)))
        resume()
    }

    func published(ref: UInt32, track: TrackID, description: TrackDescription) {
        loop.preconditionInEventLoop()
        perform(session.handle(.published(ref: ref, track: track, description: description)))
    }

    /// Ends the session for a reason that the client is told.
    func end(reason: String) {
        loop.preconditionInEventLoop()
        if reason == "slow_consumer", !session.isClosed { shared?.counters.slowConsumers += 1 }
        perform(session.handle(.end(reason: reason)))
    }

    private func resume() {
        decodeFrames()
        relayBatch()
        guard holdsRead else { return }
        holdsRead = false
        context?.read()
    }

    // MARK: Output

    func open(_ track: TrackID, kind: MediaKind) { output.queue.open(track, kind: kind) }

    func close(_ track: TrackID) { output.queue.close(track) }

    func isOpen(_ track: TrackID) -> Bool { output.queue.isOpen(track) }

    func needsKeyframe(of track: TrackID) -> Bool { output.queue.tracksInNeedOfKeyframe.contains(track) }

    /// Queues a packet; ``flushOutput(now:)`` has to follow.
    @discardableResult
    func offer(_ packet: RelayPacket, now: MonotonicTime) -> Bool {
        let isTaken = output.queue.append(packet.track, packet.frame, isKeyframe: packet.isKeyframe, now: now)
        if isTaken { shared?.counters.packetsOut += 1 }
        return isTaken
    }

    /// Sends a control frame, after everything that is queued already.
    func send(_ message: ByteBuffer, now: MonotonicTime) {
        loop.preconditionInEventLoop()
        output.queue.append(control: message, now: now)
        flushOutput(now: now)
        if output.queue.controlBytes > relay.configuration.subscriberControlBytes && !session.isClosed {
            end(reason: "slow_consumer")
        }
    }

    /// Sends what the socket takes, with one flush; drops what is beyond the queue's bounds.
    func flushOutput(now: MonotonicTime) {
        loop.preconditionInEventLoop()
        let written = output.writtenBytes
        defer { shared?.counters.bytesOut += output.writtenBytes - written }
        for track in output.flush(now: now) { room?.requestKeyframe(track) }
    }

    // MARK: Timers

    private func keepHouse() {
        let now = relay.clock.now()
        let configuration = relay.configuration
        flushOutput(now: now)
        logDrops()
        if session.needsHello {
            if now - opened >= Int64(configuration.helloTimeoutInSeconds * 1e9) {
                perform(session.handle(.helloTimeout))
            }
        } else if now - lastFrame >= Int64(configuration.idleTimeoutInSeconds * 1e9) {
            perform(session.handle(.idleTimeout))
        }
        if output.stalled(now: now) >= Int64(configuration.slowConsumerTimeoutInSeconds * 1e9) {
            end(reason: "slow_consumer")
        }
    }

    private func logDrops() {
        for (track, count) in output.takeDrops() {
            relay.logger.notice(
                "subscriber reads too slowly, packets dropped",
                metadata: ["participant": "\(participant)", "track": "\(track)", "count": "\(count)"])
        }
    }
}
