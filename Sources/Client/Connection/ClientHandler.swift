import Logging
import Media
import NIOCore
import Wire

/// The client's end of the channel: decodes, keeps the roster and the clock, answers publishing.
///
/// Confined to the channel's event loop.
final class ClientHandler: ChannelInboundHandler, @unchecked Sendable {
    // SAFETY: every method runs on the channel's event loop, which those called from elsewhere check.

    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    struct Published {
        let description: TrackDescription
        var origin: MonotonicTime
        /// The number that the server knows it by. Differs from the one that it was first given where the connection was
        /// made again too late; `nil` while a server that does not know it has not answered.
        var number: TrackID?
        /// The track of which it is a smaller version.
        var top: TrackID?
    }

    struct Pending {
        let description: TrackDescription
        let origin: MonotonicTime
        let promise: EventLoopPromise<TrackID>?
        /// The track that is offered again, by its first number.
        var existing: TrackID?
        /// The track of which it is a smaller version.
        var top: TrackID?
    }

    let loop: any EventLoop
    let configuration: ClientConfiguration
    let clock: MediaClock
    let state: ConnectionState
    let ready: EventLoopPromise<Welcome>
    let logger: Logger
    let identity: (room: String, name: String)
    /// Opens a channel and adds this handler to it.
    var connector: ((ClientHandler) -> EventLoopFuture<Void>)?
    var context: ChannelHandlerContext?
    var decoder = FrameDecoder()
    private var welcome: Welcome?
    private var isReady = false
    /// Whether the server has let us in over the present channel.
    private var isWelcomed = false
    /// Set while a broken connection is being made again.
    var outage: Outage?
    /// When the server that restarts asked to be tried again, in milliseconds.
    var retryAfter: Int64?
    /// The last one that ended well, and when.
    var restored: (outage: Outage, time: MonotonicTime)?
    /// What publishers said of their tracks before this connection's clock was known.
    var untimed: [TrackID: (pts: Int64, time: Int64)] = [:]
    private var lastReceived: MonotonicTime {
        get { state.lastHeard }
        set { state.lastHeard = newValue }
    }
    private var lastPing: MonotonicTime
    private var timers: [RepeatedTask] = []
    /// Whether media of others is wanted, and of which tracks not.
    var receivesMedia = false
    var excluded: Set<TrackID> = []
    /// How high pictures are wanted at most: of all tracks, and of some; `nil` for whoever wants no layers.
    var maximumHeight: Int?
    var maximumHeights: [TrackID: Int?] = [:]
    var layers = ReceivedLayers()
    /// What is asked of tracks of others and was not sent yet.
    var requests = TrackRequests()
    var requestTimer: Scheduled<Void>?
    var reason: CloseReason?
    var roster = Roster()
    var subscriber: (any SubscribeHandler)?
    var sequences: [TrackID: SequenceTracker] = [:]
    var published: [TrackID: Published] = [:]
    var pending: [UInt32: Pending] = [:]
    var nextRef: UInt32 = 1
    var onKeyframeRequest: (@Sendable (TrackID) -> Void)?
    let outbound: Outbound

    init(
        loop: any EventLoop, identity: (room: String, name: String), configuration: ClientConfiguration,
        logger: Logger, clock: MediaClock, state: ConnectionState
    ) {
        self.loop = loop
        self.identity = identity
        self.configuration = configuration
        self.logger = logger
        self.clock = clock
        self.state = state
        ready = loop.makePromise()
        lastPing = clock.now()
        state.lastHeard = lastPing
        let link = Link()
        outbound = Outbound(configuration: configuration, loop: loop, clock: clock) { link.handler?.drain() }
        link.handler = self
    }

    // MARK: Channel events

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        guard reason == nil, !state.isClosed else { return abandon() }
        guard context.channel.isActive else {
            // It was closed before this handler could see it, and will not tell it any more.
            self.context = nil
            return outage == nil ? abandon() : reconnect(after: .lost("the other end closed it"))
        }
        lastReceived = clock.now()
        lastPing = lastReceived
        isWelcomed = false
        let resumes = configuration.reconnectTimeoutInSeconds > 0
        let hello = ClientMessage.hello(
            protocolVersion: WireLimits.protocolVersion, room: identity.room, name: identity.name,
            resume: resumes ? welcome?.resumption?.token ?? "" : nil)
        context.writeAndFlush(NIOAny(hello.encoded()), promise: nil)
    }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard reason == nil || reason == .finished else { return }
        decoder.append(unwrapInboundIn(data))
        do {
            while reason == nil || reason == .finished, let frame = try decoder.next() {
                lastReceived = clock.now()
                switch frame.body {
                case .media(let header, let payload): receive(header, payload)
                case .control(let json): try receive(ServerMessage(json: json))
                }
            }
        } catch {
            close(.lost("the server sent something that is not the protocol: \(error)"))
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        drain()
        context.fireChannelWritabilityChanged()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        close(.lost(NetworkError.text(error)))
    }

    func channelInactive(context: ChannelHandlerContext) {
        let reason = self.reason ?? .lost("the other end closed it")
        for timer in timers { timer.cancel() }
        timers = []
        if isReady, canReconnect(after: reason) {
            self.reason = nil
            reconnect(after: reason)
        } else {
            conclude(reason)
        }
        context.fireChannelInactive()
    }

    /// The end of the connection.
    func conclude(_ reason: CloseReason) {
        self.reason = reason
        outage = nil
        connector = nil
        outbound.close()
        if !isReady { ready.fail(Self.error(for: reason)) }
        for entry in pending.values { entry.promise?.fail(ClientError.closed(reason)) }
        pending = [:]
        subscriber?.handle(.closed(reason))
        subscriber = nil
        onKeyframeRequest = nil
        state.closed(reason)
    }

    /// Sends what is queued, says bye, waits for the server to close.
    func finish() {
        loop.preconditionInEventLoop()
        guard reason == nil else { return }
        guard outage == nil, let channel = context?.channel else { return giveUp() }
        reason = .finished
        outbound.send(.bye(reason: nil))
        let seconds = configuration.finishTimeoutInSeconds
        let timer = loop.scheduleTask(in: .nanoseconds(Int64(seconds * 1e9))) { channel.close(promise: nil) }
        channel.closeFuture.whenComplete { _ in timer.cancel() }
    }

    // MARK: Sending

    /// Writes what the channel takes. Called when something was queued and when the channel has room.
    func drain() {
        loop.preconditionInEventLoop()
        outbound.beginDraining()
        guard let context else { return }
        var hasWritten = false
        while context.channel.isWritable, let bytes = outbound.next() {
            context.write(NIOAny(bytes), promise: nil)
            hasWritten = true
        }
        if hasWritten { context.flush() }
        for track in outbound.trim() { onKeyframeRequest?(track) }
        if outbound.controlBytes > 1_048_576 { close(.lost("the server does not read")) }
    }

    /// Closes the channel; `channelInactive` does the rest.
    func close(_ reason: CloseReason) {
        loop.preconditionInEventLoop()
        if self.reason == nil { self.reason = reason }
        context?.close(promise: nil)
    }

    /// Ends a connection that nobody is going to use.
    func abandon() {
        loop.preconditionInEventLoop()
        if reason == nil { reason = .lost("it was not established") }
        connector = nil
        ready.fail(ClientError.closed(.lost("it was not established")))
        state.closed(.lost("it was not established"))
        context?.close(promise: nil)
    }

    /// Past the queue, so that what waits there does not count as network delay.
    private func ping() {
        guard let context else { return }
        let bytes = ClientMessage.ping(time: clock.now().nanoseconds / 1000).encoded()
        context.writeAndFlush(NIOAny(bytes), promise: nil)
        let now = clock.now()
        let interval = now - lastPing
        lastPing = now
        // Whoever stood still itself, or its machine, has not read yet what has come.
        guard interval < Int64(2 * configuration.pingIntervalInSeconds * 1e9) else { return }
        if now - lastReceived > Int64(configuration.silenceTimeoutInSeconds * 1e9) {
            close(.lost("the server has not answered for \(configuration.silenceTimeoutInSeconds) s"))
        }
    }

    private func startTimers() {
        for milliseconds: Int64 in [0, 40, 80, 120, 160] {
            loop.scheduleTask(in: .milliseconds(milliseconds)) { self.ping() }
        }
        let period = TimeAmount.nanoseconds(Int64(configuration.pingIntervalInSeconds * 1e9))
        timers.append(loop.scheduleRepeatedTask(initialDelay: period, delay: period) { _ in self.ping() })
        let clockPeriod = TimeAmount.nanoseconds(Int64(configuration.clockIntervalInSeconds * 1e9))
        timers.append(
            loop.scheduleRepeatedTask(initialDelay: clockPeriod, delay: clockPeriod) { _ in self.sendClocks()
            })
    }

    // MARK: Receiving

    private func receive(_ header: MediaHeader, _ payload: ByteBuffer) {
        let top = layers.top(of: header.track)
        guard let subscriber, let track = roster.track(top) else { return }
        track.clock.noteArrival(pts: header.pts)
        if layers.note(header.track) { sequences[header.track]?.restart() }
        let missing = sequences[header.track, default: SequenceTracker()].add(header.sequence)
        if missing > 0 { state.addMissing(missing, on: top) }
        subscriber.received(header.packet(payload: payload), on: top)
    }

    private func receive(_ message: ServerMessage) throws(WireError) {
        switch message {
        case .welcome(let welcome):
            guard !isWelcomed else { throw WireError(.badState, "There was a second welcome.") }
            isWelcomed = true
            self.welcome = welcome
            state.welcomed(welcome)
            let recording = roster.setRecording(welcome.recording, reason: welcome.recordingReason)
            if outage != nil { subscriber?.handle(recording) }
            untimed = [:]
            readmitted(welcome)
            startTimers()
        case .pong(let time, let server):
            state.addSample(sent: time, received: clock.now().nanoseconds / 1000, server: server)
            for event in anchorUntimed() where outage == nil { subscriber?.handle(event) }
            if outage != nil { return restore() }
            guard !isReady, let welcome else { return }
            isReady = true
            ready.succeed(welcome)
        case .published(let ref, let track): accepted(ref, track)
        case .keyframe(let number):
            if let track = published.first(where: { $0.value.number == number })?.key {
                onKeyframeRequest?(track)
            }
        case .bye(let text, let milliseconds):
            reason = reason ?? .server(reason: text)
            retryAfter = milliseconds.map(Int64.init)
        case .error(let code, let text, let isFatal, let ref):
            refused(code: code, text: text, isFatal: isFatal, ref: ref)
        default:
            if let excess = configuration.room.excess(of: message, in: roster) {
                return close(.excessive(excess))
            }
            for event in events(for: message) {
                if case .trackAdded(let track) = event { state.forgetMissing(on: track.id) }
                tell(event)
            }
        }
    }

    /// Tells the subscriber of a change in the room.
    func tell(_ event: RoomEvent) {
        subscriber?.handle(event)
        // The subscriber has asked for the count by now if it wants it.
        if case .trackRemoved(let track) = event { state.forgetMissing(on: track.id) }
    }

    private func refused(code: String, text: String, isFatal: Bool, ref: UInt32?) {
        logger.debug("refused", metadata: ["code": "\(code)", "message": "\(text)"])
        if isFatal {
            reason = reason ?? .refused(code: code, message: text)
        } else if let ref, let entry = pending.removeValue(forKey: ref) {
            refused(entry, code: code, text: text)
        } else {
            subscriber?.handle(.warning(code: code, message: text))
        }
    }

    private static func error(for reason: CloseReason) -> ClientError {
        if case .refused(let code, let message) = reason { return .refused(code: code, message: message) }
        return .closed(reason)
    }
}
