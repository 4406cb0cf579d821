import Glibc
public import Logging
public import Media
public import NIOCore
import NIOPosix
import Synchronization
import Wire

/// The server of many rooms: accepts connections and relays what is published to everybody else in the room.
///
/// May be used from any thread. Starts once and shuts down once.
public final class RelayServer: Sendable {
    private enum State {
        case idle
        case running(any Channel)
        case stopped
    }

    /// Bytes that the kernel takes beyond what is in flight. Without it the kernel takes megabytes, and a slow
    /// subscriber would be seconds behind before anybody noticed.
    private static let unsentLowWatermarkInBytes: SocketOptionValue = 131_072

    let relay: RelayContext
    private let group: any EventLoopGroup
    private let state = Mutex<State>(.idle)

    /// A server that is not yet listening.
    /// - Parameters:
    ///   - eventLoopGroup: stays the caller's, to be shut down after the server.
    ///   - taps: makes a tap for each meeting.
    ///   - clock: the server's clock, which `pong` gives to clients.
    public init(
        configuration: RelayConfiguration, eventLoopGroup: any EventLoopGroup,
        taps: (any RoomTapFactory)? = nil, logger: Logger, clock: MediaClock = .system
    ) {
        group = eventLoopGroup
        relay = RelayContext(
            configuration: configuration, loops: Array(eventLoopGroup.makeIterator()), taps: taps,
            logger: logger, clock: clock)
    }

    /// Binds and accepts connections from now on.
    /// - Returns: the bound address, with the real port.
    /// - Throws: ``RelayError``.
    public func start() async throws(RelayError) -> SocketAddress {
        guard state.withLock({ if case .idle = $0 { true } else { false } }) else { throw .alreadyStarted }
        let host = relay.configuration.host.trimming("[]")
        let port = relay.configuration.port
        let channel: any Channel
        do {
            channel = try await bootstrap().bind(host: host, port: port).get()
        } catch {
            throw Self.error(error, host: relay.configuration.host, port: port)
        }
        guard let address = channel.localAddress else {
            throw .bind(host: host, port: port, reason: "the system gives no address")
        }
        state.withLock { $0 = .running(channel) }
        return address
    }

    /// Says `bye server_shutdown` to every client, sends what is queued, closes everything. Takes at most about the
    /// configured close timeout. Every tap has seen its last call when this returns.
    public func shutdown() async {
        let listening: (any Channel)? = state.withLock { state in
            defer { state = .stopped }
            if case .running(let channel) = state { return channel }
            return nil
        }
        relay.stop()
        try? await listening?.close().get()
        for connection in relay.allConnections() {
            connection.loop.execute { connection.end(reason: "server_shutdown") }
        }
        for connection in relay.allConnections() { try? await connection.closed.get() }
        for room in relay.allRooms() { room.endAbsences(reason: "server_shutdown") }
        // What the connections said to their rooms is already queued on the home loops; let it run.
        for loop in relay.loops { try? await loop.submit {}.get() }
    }

    private func bootstrap() -> ServerBootstrap {
        let relay = self.relay
        let unsentLowWatermark = ChannelOptions.socket(
            SocketOptionLevel(IPPROTO_TCP), SocketOptionName(TCP_NOTSENT_LOWAT))
        return ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(unsentLowWatermark, value: Self.unsentLowWatermarkInBytes)
            .childChannelOption(.maxMessagesPerRead, value: 4)
            .childChannelOption(
                .recvAllocator, value: ReceiveBuffers()
            )
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        ConnectionHandler(channel: channel, relay: relay))
                }
            }
    }

    private static func error(_ error: any Error, host: String, port: Int) -> RelayError {
        if let error = error as? IOError {
            switch error.errnoCode {
            case EADDRINUSE: return .addressInUse(host: host, port: port)
            case EADDRNOTAVAIL:
                return .badAddress(host: host, port: port, reason: "it is not an address of this machine")
            case EACCES:
                return .bind(host: host, port: port, reason: "ports below 1024 need privileges")
            default: return .bind(host: host, port: port, reason: String(cString: strerror(error.errnoCode)))
            }
        }
        if error is SocketAddressError {
            return .badAddress(host: host, port: port, reason: "the host is not known")
        }
        return .bind(host: host, port: port, reason: NetworkError.text(error))
    }
}

extension String {
    fileprivate func trimming(_ characters: String) -> String {
        var rest = self[...]
        while let first = rest.first, characters.contains(first) { rest.removeFirst() }
        while let last = rest.last, characters.contains(last) { rest.removeLast() }
        return String(rest)
    }
}
