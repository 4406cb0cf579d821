import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// Serves `/metrics`, `/healthz` and `/readyz` by HTTP/1.1, on a thread of its own.
///
/// May be used from any thread. Everything that a client can take is bounded: connections, the size of a request's head (80
/// KB, the parser's limit), and the time until it is answered; bodies are read and thrown away. Nobody who merely holds
/// connections keeps others out: for one too many the oldest goes.
final class MetricsServer: Sendable {
    /// Connections at a time.
    private static let maximumConnections = 64
    /// Connections at a time from one address.
    private static let maximumPerAddress = 16
    /// What a request and its answer may take together.
    private static let deadline = TimeAmount.seconds(5)

    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    private let pages: MetricsEndpoint.Pages
    private let connections = Mutex(
        MetricsConnections(maximum: maximumConnections, perAddress: maximumPerAddress))

    /// A server that is not yet listening.
    init(pages: @escaping MetricsEndpoint.Pages) { self.pages = pages }

    /// Listens from now on.
    /// - Returns: the bound address, with the real port.
    func start(host: String, port: Int) async throws(AppError) -> SocketAddress {
        do {
            let channel = try await ServerBootstrap(group: group)
                .serverChannelOption(.backlog, value: 64)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .childChannelInitializer { [self] channel in
                    channel.eventLoop.makeCompletedFuture { try self.accept(channel) }
                }
                .bind(host: host, port: port).get()
            if let address = channel.localAddress { return address }
            throw AppError("The metrics server has no address.", status: .software)
        } catch let error as AppError {
            throw error
        } catch {
            let code = (error as? IOError)?.errnoCode
            let reason =
                code == EADDRINUSE
                ? "another program listens there. Stop it, or choose another port for"
                : (code.map { String(cString: strerror($0)) } ?? "the host is not known")
                    + ". Choose another address or port for"
            throw AppError(
                "Cannot serve metrics on \(host):\(port): \(reason) --metrics (server.metrics).",
                status: .unavailable)
        }
    }

    private func accept(_ channel: any Channel) throws {
        let address = channel.remoteAddress?.ipAddress ?? ""
        let (number, evicted) = connections.withLock { $0.add(channel, address: address) }
        for channel in evicted { channel.close(promise: nil) }
        channel.closeFuture.whenComplete { [self] _ in connections.withLock { $0.remove(number) } }
        try channel.pipeline.syncOperations.configureHTTPServerPipeline(withErrorHandling: true)
        try channel.pipeline.syncOperations.addHandler(
            MetricsEndpoint(deadline: Self.deadline, pages: pages))
    }

    /// Closes everything.
    func stop() async { try? await group.shutdownGracefully() }
}
