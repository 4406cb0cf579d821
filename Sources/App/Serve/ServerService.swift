import Archive
import CoreMetrics
import Logging
import Media
import NIOCore
import NIOPosix
import Relay
import ServiceLifecycle

/// The relay and the archive behind it; the relay ends first, so that everything it took is recorded.
struct ServerService: Service {
    let configuration: AppConfiguration
    let logger: Logger
    private let store: ArchiveStore?
    private let recordedRooms: RoomPatterns
    private let endpoint: (host: String, port: Int)?
    private let registry = PrometheusRegistry(descriptions: ServerMetrics.descriptions)

    init(configuration: AppConfiguration, logger: Logger) throws {
        self.configuration = configuration
        self.logger = logger
        recordedRooms = try RoomPatterns(configuration.text("archive.rooms"))
        let metrics = configuration.text("server.metrics")
        endpoint = metrics.isEmpty ? nil : try Serve.endpoint(metrics, of: "server.metrics")
        if endpoint != nil { MetricsSystem.bootstrap(registry) }
        guard configuration.flag("archive.record") else {
            store = nil
            return
        }
        var archive = ArchiveConfiguration(path: configuration.text("archive.path"))
        archive.fragmentMilliseconds = configuration.integer("archive.fragmentMilliseconds")
        archive.segmentBytes = Int64(configuration.integer("archive.segmentBytes"))
        archive.queueBytes = configuration.integer("archive.queueBytes")
        archive.preRollSeconds = configuration.number("archive.preRollSeconds")
        archive.preRollBytes = configuration.integer("archive.preRollBytes")
        archive.warnBelowBytes = Int64(configuration.integer("archive.warnBelow"))
        archive.stopBelowBytes = Int64(configuration.integer("archive.stopBelow"))
        store = try ArchiveStore(archive, software: ["convene": Version.number], logger: logger)
    }

    func run() async throws {
        let threads = configuration.integer("server.threads")
        let count = threads > 0 ? threads : System.coreCount
        // What makes the event loops does not tell that there are no threads for them: it ends the process.
        try await BlockingThread.check(count: count)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: count)
        let server = RelayServer(
            configuration: relay(), eventLoopGroup: group,
            taps: store.map { RecordingTaps(store: $0, rooms: recordedRooms) }, logger: logger)
        let metrics = ServerMetrics(server: server, registry: registry, group: group) { [store] in
            store?.problem
        }
        let http = endpoint.map { _ in MetricsServer { metrics.page($0, on: $1) } }
        let result: Result<Void, any Error>
        do {
            try await serve(server, metrics, http)
            result = .success(())
        } catch { result = .failure(error) }
        await store?.finish()
        await http?.stop()
        try? await group.shutdownGracefully()
        try result.get()
    }

    private func serve(_ server: RelayServer, _ metrics: ServerMetrics, _ http: MetricsServer?) async throws {
        var page: SocketAddress?
        if let endpoint, let http { page = try await http.start(host: endpoint.host, port: endpoint.port) }
        let address = try await server.start()
        Output.line("listening on \(Self.text(address))")
        if let page { Output.line("metrics on http://\(Self.text(page))/metrics") }
        if let store { logger.info("recording", metadata: ["archive": "\(store.path)"]) }
        metrics.readiness.enter(.ready)
        try? await gracefulShutdown()
        metrics.readiness.enter(.draining)
        let seconds = configuration.number("server.drainSeconds")
        if seconds > 0 {
            logger.notice("draining", metadata: ["seconds": "\(seconds)"])
            try? await Task.sleep(for: .seconds(seconds))
        }
        await server.shutdown()
    }

    private static func text(_ address: SocketAddress) -> String {
        let host = address.ipAddress ?? "*"
        return (host.contains(":") ? "[\(host)]" : host) + ":\(address.port ?? 0)"
    }

    private func relay() -> RelayConfiguration {
        var relay = RelayConfiguration()
        relay.host = configuration.text("server.host")
        relay.port = configuration.integer("server.port")
        relay.maximumConnections = configuration.integer("server.maximumConnections")
        relay.maximumConnectionsPerAddress = configuration.integer("server.maximumConnectionsPerAddress")
        relay.maximumRooms = configuration.integer("server.maximumRooms")
        relay.controlMessagesPerSecond = configuration.integer("server.controlMessagesPerSecond")
        relay.helloTimeoutInSeconds = configuration.number("server.helloTimeoutSeconds")
        relay.idleTimeoutInSeconds = configuration.number("server.idleTimeoutSeconds")
        relay.slowConsumerTimeoutInSeconds = configuration.number("relay.slowConsumerSeconds")
        relay.subscriberQueueBytes = configuration.integer("relay.queueBytes")
        relay.subscriberQueueInMilliseconds = configuration.integer("relay.queueMilliseconds")
        relay.gopCacheBytes = configuration.integer("relay.gopCacheBytes")
        relay.gopCacheInSeconds = configuration.number("relay.gopCacheSeconds")
        relay.keyframeRequestIntervalInMilliseconds = configuration.integer(
            "relay.keyframeIntervalMilliseconds")
        relay.tickInMilliseconds = configuration.integer("relay.tickMilliseconds")
        relay.maximumParticipantsPerRoom = configuration.integer("rooms.maximumParticipants")
        relay.maximumTracksPerParticipant = configuration.integer("rooms.maximumTracksPerParticipant")
        relay.resumeInSeconds = configuration.integer("rooms.resumeSeconds")
        relay.maximumPublishBitsPerSecond = configuration.integer("rooms.maximumPublishBitrate")
        return relay
    }
}
