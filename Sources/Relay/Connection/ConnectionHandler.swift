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
    let relay: RelayContext
    private let loopState: RelayLoop
    private var context: ChannelHandlerContext?
    var decoder = FrameDecoder()
    var session: ServerSession
    let output: ConnectionOutput
    private var batch: [RelayPacket] = []
    private var holdsRead = false
    /// Packets that this client did not get, and of which the log does not know yet.
    private var drops: [TrackID: Int] = [:]
    private var room: Room?
    var shard: RoomShard?
    private var subscriber: Subscriber?
    private var participant = "-"
    /// What its connection is counted by; `nil` where connections of an address are not limited.
    private var address: ClientAddress?
    /// Where it comes from. Written once, before a room knows of it.
    private(set) var origin: ClientAddress?
    /// Where it comes from, for the log. Written once, before a room knows of it.
    private(set) var addressText = "-"
    /// What its address uses of the server's memory. Written once, before a room knows of it.
    private(set) var account: MemoryAccount
    var input: UnfinishedInput
    var opened: MonotonicTime
    var lastFrame: MonotonicTime

    init(channel: any Channel, relay: RelayContext) {
        loop = channel.eventLoop
        closed = channel.closeFuture
        self.relay = relay
        loopState = relay.loopState(of: channel.eventLoop)
        session = ServerSession(limits: relay.configuration.session)
        output = ConnectionOutput(channel: channel, relay: relay)
        account = MemoryAccount(budget: relay.configuration.memory)
        input = UnfinishedInput(
            account: account, timeoutInSeconds: relay.configuration.frameTimeoutInSeconds)
        opened = relay.clock.now()
        lastFrame = opened
    }

    // MARK: Channel events

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        output.connection = self
        relay.add(self)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        output.connection = nil
    }

    func channelActive(context: ChannelHandlerContext) {
        output.activate()
        loopState.add(self)
        origin = context.remoteAddress.flatMap { ClientAddress($0) }
        if let ending = relay.presentEnding { end(ending, of: 1) }
        addressText = context.remoteAddress?.ipAddress ?? "-"
        account = relay.accounts.account(of: context.remoteAddress.flatMap { ClientAddress($0) })
        input = UnfinishedInput(
            account: account, timeoutInSeconds: relay.configuration.frameTimeoutInSeconds)
        address = relay.count(context.remoteAddress)
        switch relay.admission(of: address) {
        case .serve: break
        case .refuse(let error): refused(error)
        case .drop: return context.close(promise: nil)
        }
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        // Before anything else: from now on its descriptor may belong to somebody else.
        leaveShard()
        perform(session.handle(.eof))
        discardBuffers()
        loopState.remove(self)
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
        if let error = input.note(memory: decoder.memory) {
            perform(session.handle(.undecodable(error)))
        }
        context.fireChannelReadComplete()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        relay.logger.debug(
            "connection failed",
            metadata: [
                "address": "\(addressText)", "participant": "\(participant)",
                "error": "\(NetworkError.text(error))",
            ])
        context.close(promise: nil)
    }

    // MARK: Input

    private func decodeFrames() {
        loopState.noticeStandstill()
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

    func perform(_ actions: [ServerSession.Action]) {
        for action in actions {
            if case .media(let header, let kind, let frame) = action {
                guard case .media(_, let payload) = frame.body else { continue }
                batch.append(
                    RelayPacket(
                        header: header, kind: kind, frame: frame.bytes, payload: payload, arrival: lastFrame))
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
            room.join(self, name: person, resume: resume, address: origin)
        case .send(let message): tell(message)
        case .pong(let time):
            // Needs no place among the media that waits for the room's next flush.
            sendNow(ServerMessage.pong(time: time, server: relay.serverTime()).encoded())
        case .publish(let ref, let description, let top):
            room?.publish(self, ref: ref, description: description, layerOf: top)
        case .unpublish(let track): room?.unpublish(track)
        case .subscribe(let tracks, let height):
            subscriber.map { shard?.subscribe($0, to: tracks, maximumHeight: height) }
        case .unsubscribe(let tracks): subscriber.map { shard?.unsubscribe($0, from: tracks) }
        case .keyframe(let track): room?.requestKeyframe(track)
        case .clock(let track, let pts, let time): room?.clock(track, pts: pts, time: time)
        case .mute(let track, let isMuted): room?.mute(track, isMuted)
        case .chat(let text): room?.chat(self, text: text)
        case .record(let action): room?.record(self, action)
        case .leave(let reason):
            leaveShard()
            logDrops()
            room?.leave(self, reason: reason, tracks: session.publishedTracks)
            room = nil
        case .close:
            output.close(after: relay.configuration.closeTimeoutInMilliseconds)
        }
    }

    private func leaveShard() {
        if let subscriber { shard?.remove(subscriber) }
        subscriber = nil
        shard = nil
    }

    private func log(_ message: ServerMessage) {
        guard case .error(let code, let text, let isFatal, _) = message else { return }
        relay.logger.info(
            "refused",
            metadata: [
                "address": "\(addressText)", "participant": "\(participant)", "code": "\(code)",
                "message": "\(text)", "fatal": "\(isFatal)",
            ])
    }

    private func tell(_ message: ServerMessage) {
        log(message)
        send(message.encoded())
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
        subscriber = shard.add(self)
        perform(session.handle(.admitted(welcome, tracks)))
        if roster.readableBytes > 0 { send(roster) }
        resume()
    }

    func refused(_ error: WireError) {
        loop.preconditionInEventLoop()
        perform(session.handle(.refused(error)))
        resume()
    }

    func published(ref: UInt32, track: TrackID, description: TrackDescription, layerOf top: TrackID?) {
        loop.preconditionInEventLoop()
        perform(
            session.handle(.published(ref: ref, track: track, description: description, layerOf: top)))
    }

    func declined(ref: UInt32, layerOf top: TrackID?, _ error: WireError) {
        loop.preconditionInEventLoop()
        perform(session.handle(.declined(ref: ref, layerOf: top, error)))
    }

    /// Ends the session for a reason that the client is told.
    func end(reason: String) {
        loop.preconditionInEventLoop()
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

    /// Sends a control frame, after everything that has happened in the room so far.
    func send(_ message: ByteBuffer) {
        loop.preconditionInEventLoop()
        if let subscriber { shard?.catchUp(subscriber) }
        sendNow(message)
    }

    /// Sends the publisher's encoder a request that is already encoded.
    func askForKeyframe(_ message: ByteBuffer) {
        loop.preconditionInEventLoop()
        loopState.counters.keyframeRequests += 1
        sendNow(message)
    }

    /// Sends a control frame, before what waits for the room's next flush.
    private func sendNow(_ message: ByteBuffer) {
        loopState.list.fill(message)
        let sent = output.send(loopState.list)
        loopState.counters.bytesOut += sent
        guard sent < message.readableBytes else { return }
        let now = relay.clock.now()
        let rest = message.dropping(sent)
        // Nothing may come between the two parts of a message, not even what waits for the flush.
        if let subscriber, subscriber.group != nil, let shard {
            return shard.demote(subscriber, sent: 0, behind: rest, now: now)
        }
        if output.queue == nil { output.beginQueue([:]) }
        output.withQueue { $0.append(control: rest, now: now) }
        flushOutput(now: now)
    }

    /// Sends what waits, as far as the socket takes it; drops what is beyond the queue's bounds.
    func flushOutput(now: MonotonicTime) {
        loop.preconditionInEventLoop()
        guard output.queue != nil else { return }
        let progress = output.pump(now: now)
        loopState.counters.bytesOut += progress.bytes
        loopState.counters.packetsOut += progress.packets
        for track in progress.tracksInNeedOfKeyframe { room?.requestKeyframe(track) }
        countDrops()
        if let subscriber {
            shard?.reviewBacklog(of: subscriber, now: now)
            shard?.settle(subscriber)
        } else {
            _ = output.endQueue()
        }
        guard let queue = output.queue, !session.isClosed else { return }
        if queue.controlBytes > relay.configuration.subscriberControlBytes { cutOff() }
    }

    func cutOff() {
        loopState.counters.slowConsumers += 1
        end(reason: "slow_consumer")
    }

    // MARK: Timers

    /// Does what is due by the clock. Called every second, or more often where a timeout is short.
    func keepHouse() {
        let now = relay.clock.now()
        let configuration = relay.configuration
        flushOutput(now: now)
        logDrops()
        reviewInput(now: now)
        if let subscriber { shard?.reviewLayers(of: subscriber, now: now) }
        let isLate =
            session.needsHello
            ? now - opened >= Int64(configuration.helloTimeoutInSeconds * 1e9)
            : now - lastFrame >= Int64(configuration.idleTimeoutInSeconds * 1e9)
        // What has come and has not been read yet is no silence.
        if isLate, !output.hasInput {
            perform(session.handle(session.needsHello ? .helloTimeout : .idleTimeout))
        }
        if output.stalled(now: now) >= Int64(configuration.slowConsumerTimeoutInSeconds * 1e9),
            !session.isClosed
        {
            cutOff()
        }
    }

    /// Logs what became of this client's media.
    func log(_ text: Logger.Message) {
        relay.logger.info(
            text,
            metadata: [
                "address": "\(addressText)", "room": "\(room?.name ?? "-")", "participant": "\(participant)",
            ])
    }

    private func countDrops() {
        for drop in output.takeDrops() {
            if drop.isVideo {
                loopState.counters.droppedVideoPackets += drop.count
            } else {
                loopState.counters.droppedAudioPackets += drop.count
            }
            drops[drop.track, default: 0] += drop.count
        }
    }

    /// Once a second or at the end: somebody who does not read at all loses every packet that comes.
    private func logDrops() {
        guard !drops.isEmpty else { return }
        for (track, count) in drops.sorted(by: { $0.key < $1.key }) {
            relay.logger.notice(
                "subscriber reads too slowly, packets dropped",
                metadata: [
                    "address": "\(addressText)", "room": "\(room?.name ?? "-")",
                    "participant": "\(participant)", "track": "\(track)", "count": "\(count)",
                ])
        }
        drops = [:]
    }
}
