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
        case starting
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
    ///   - authenticate: the code of bytes, 32 bytes that only the owner of a secret key can make (HMAC-SHA256); `nil` where
    ///     that fails. Those who come back are known by it, also after a restart with the same key. Any thread.
    public init(
        configuration: RelayConfiguration, eventLoopGroup: any EventLoopGroup,
        taps: (any RoomTapFactory)? = nil, logger: Logger, clock: MediaClock = .system,
        authenticate: @escaping @Sendable ([UInt8]) -> [UInt8]?
    ) {
        group = eventLoopGroup
        relay = RelayContext(
            configuration: configuration, loops: Array(eventLoopGroup.makeIterator()), taps: taps,
            secrets: ResumeSecrets(authenticate: authenticate), logger: logger, clock: clock)
    }

    /// Binds and accepts connections from now on. Nothing listens where the server was shut down meanwhile.
    /// - Returns: the bound address, with the real port.
    /// - Throws: ``RelayError``.
    public func start() async throws(RelayError) -> SocketAddress {
        let isFirst = state.withLock { state in
            guard case .idle = state else { return false }
            state = .starting
            return true
        }
        guard isFirst else { throw .alreadyStarted }
        let host = relay.configuration.host.trimming("[]")
        let port = relay.configuration.port
        let channel: any Channel
        // Before the first can come back.
        relay.start()
        do {
            channel = try await bootstrap().bind(host: host, port: port).get()
        } catch {
            throw Self.error(error, host: relay.configuration.host, port: port)
        }
        let isRunning = state.withLock { state in
            guard case .starting = state else { return false }
            state = .running(channel)
            return true
        }
        guard isRunning, let address = channel.localAddress else {
            try? await channel.close().get()
            throw .bind(
                host: host, port: port,
                reason: isRunning ? "the system gives no address" : "the server was shut down meanwhile")
        }
        return address
    }

    /// Says `bye` to every client, sends what is queued, closes everything. Takes at most about the configured close
    /// timeout. Every tap has seen its last call when this returns.
    public func shutdown(_ ending: RelayEnding = .shutdown) async {
        let listening: (any Channel)? = state.withLock { state in
            defer { state = .stopped }
            if case .running(let channel) = state { return channel }
            return nil
        }
        relay.stop(ending)
        try? await listening?.close().get()
        let connections = relay.allConnections()
        for connection in connections {
            connection.loop.execute { connection.end(ending, of: connections.count) }
        }
        for connection in relay.allConnections() { try? await connection.closed.get() }
        for room in relay.allRooms() { room.endAbsences(reason: ending.reason) }
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
