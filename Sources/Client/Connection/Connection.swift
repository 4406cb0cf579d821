import Glibc
public import Logging
public import Media
public import NIOCore
import NIOPosix
public import Wire

/// A client's connection to a room. Carries a ``PublishSession``, a ``SubscribeSession`` or both.
///
/// May be used from any thread. Call ``finish()`` to leave. A connection that breaks is made again for the configured time:
/// the subscriber is told, published tracks go on, and packets in between are dropped. The end of it is reported by
/// ``waitUntilClosed()`` and to the subscriber.
public final class Connection: Sendable {
    /// One's own participant identifier. Another one after a connection that was made again too late.
    public var participant: String { welcome.participant }
    /// The room.
    public var room: String { welcome.room }
    /// What the server said when it let us in, the last time.
    public var welcome: Welcome { state.welcome ?? first }

    private let first: Welcome
    private let clock: MediaClock
    let handler: ClientHandler
    let outbound: Outbound
    let state: ConnectionState

    private init(handler: ClientHandler, outbound: Outbound, welcome: Welcome) {
        self.handler = handler
        self.outbound = outbound
        first = welcome
        state = handler.state
        clock = handler.clock
    }

    /// Connects, says hello, and waits until the room has let us in and the server's clock is known.
    /// - Parameter eventLoopGroup: stays the caller's.
    /// - Throws: ``ClientError``.
    public static func connect(
        to url: ConveneURL, name: String, eventLoopGroup: any EventLoopGroup, logger: Logger,
        clock: MediaClock = .system, configuration: ClientConfiguration = ClientConfiguration()
    ) async throws(ClientError) -> Connection {
        let seconds = configuration.connectTimeoutInSeconds
        let timeout = TimeAmount.nanoseconds(Int64(seconds * 1e9))
        let loop = eventLoopGroup.next()
        let handler = ClientHandler(
            loop: loop, identity: (url.room, name), configuration: configuration, logger: logger,
            clock: clock,
            state: ConnectionState(loop: loop))
        // The handler joins when one of the host's addresses has answered: a bootstrap tries several at once.
        handler.connector = { handler in
            bootstrap(loop, timeout).connect(host: url.host, port: url.port)
                .flatMapThrowing { channel in
                    try channel.pipeline.syncOperations.addHandler(handler)
                    try channel.syncOptions?.setOption(.autoRead, value: true)
                }
        }
        let timer = loop.scheduleTask(in: timeout) {
            handler.ready.fail(ClientError.timedOut(what: "connecting to \(url)", seconds: seconds))
            handler.abandon()
        }
        defer { timer.cancel() }
        do {
            try await handler.connector?(handler).get()
            let welcome = try await handler.ready.futureResult.get()
            return Connection(handler: handler, outbound: handler.outbound, welcome: welcome)
        } catch {
            handler.ready.fail(error)
            loop.execute { handler.abandon() }
            throw Self.error(error, url: url, seconds: seconds)
        }
    }

    /// The server's clock at an instant of this machine's, in microseconds.
    public func serverTime(at time: MonotonicTime) -> Int64 { state.serverTime(at: time) }

    /// The instant of this machine's clock at a server time in microseconds.
    public func localTime(ofServer time: Int64) -> MonotonicTime { state.localTime(ofServer: time) }

    /// The round trip of the clock sample in use, in nanoseconds; half of it bounds the clock's error.
    public var roundTrip: Int64 { state.roundTrip }

    /// Nanoseconds since the server said anything; it answers a ping at least every few seconds.
    public var silence: Int64 { clock.now() - state.lastHeard }

    /// Whether the connection is closed.
    public var isClosed: Bool { state.isClosed }

    /// Says a line to everybody. It comes back as an event; a refused one as a warning.
    public func chat(_ text: String) { outbound.send(.chat(text: text)) }

    /// Asks to start, stop or pause the recording of the room. The answer is an event: the state, or a warning.
    public func record(_ action: RecordingAction) { outbound.send(.record(action)) }

    /// Waits for the end of the connection, whoever ends it.
    public func waitUntilClosed() async -> CloseReason {
        (try? await state.whenClosed.get()) ?? .finished
    }

    /// Sends what is queued, says bye, waits for the server to close, at most for the configured time.
    public func finish() async {
        let handler = self.handler
        handler.loop.execute { handler.finish() }
        _ = await waitUntilClosed()
    }

    private static func bootstrap(
        _ loop: any EventLoop, _ timeout: TimeAmount
    ) -> ClientBootstrap {
        let unsentLowWatermark = ChannelOptions.socket(
            SocketOptionLevel(IPPROTO_TCP), SocketOptionName(TCP_NOTSENT_LOWAT))
        return ClientBootstrap(group: loop)
            .connectTimeout(timeout)
            // Until the handler is there: what a server says at once, that it is full, would be read by nobody.
            .channelOption(.autoRead, value: false)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(unsentLowWatermark, value: 131_072)
            .channelOption(.writeBufferWaterMark, value: .init(low: 65_536, high: 262_144))
            .channelOption(.maxMessagesPerRead, value: 4)
            .channelOption(
                .recvAllocator,
                value: AdaptiveRecvByteBufferAllocator(minimum: 1024, initial: 4096, maximum: 65_536)
            )
    }

    private static func error(_ error: any Error, url: ConveneURL, seconds: Double) -> ClientError {
        if let error = error as? ClientError { return error }
        if case ChannelError.connectTimeout = error {
            return .timedOut(what: "connecting to \(url)", seconds: seconds)
        }
        guard let error = error as? NIOConnectionError else {
            return .unreachable(host: url.host, port: url.port, reason: NetworkError.text(error))
        }
        let reason: String
        if let first = error.connectionErrors.first?.error {
            reason = NetworkError.text(first)
        } else {
            reason = "the host name is not known"
        }
        return .unreachable(host: url.host, port: url.port, reason: reason)
    }
}
