import Archive
import CoreMetrics
import Glibc
import LibAV
import Logging
import Media
import NIOCore
import NIOPosix
import Relay
import ServiceLifecycle
import Wire

/// The relay and the archive behind it; the relay ends first, so that everything it took is recorded.
struct ServerService: Service {
    let configuration: AppConfiguration
    let logger: Logger
    private let signals: ServerSignals
    private let authentication: MessageAuthentication
    private let memory: MemoryBudget
    private let store: ArchiveStore?
    private let recordedRooms: RoomPatterns
    private let endpoint: (host: String, port: Int)?
    private let registry = PrometheusRegistry(descriptions: ServerMetrics.descriptions)

    init(configuration: AppConfiguration, signals: ServerSignals, logger: Logger) throws {
        self.configuration = configuration
        self.signals = signals
        self.logger = logger
        memory = MemoryBudget(bytes: Self.memoryBytes(configuration))
        recordedRooms = try RoomPatterns(configuration.text("archive.rooms"))
        let metrics = configuration.text("server.metrics")
        endpoint = metrics.isEmpty ? nil : try Serve.endpoint(metrics, of: "server.metrics")
        if endpoint != nil { MetricsSystem.bootstrap(registry) }
        guard configuration.flag("archive.record") else {
            store = nil
            authentication = try MessageAuthentication(key: ResumeKey.load(archive: nil, logger: logger))
            return
        }
        var archive = ArchiveConfiguration(path: configuration.text("archive.path"))
        archive.fragmentMilliseconds = configuration.integer("archive.fragmentMilliseconds")
        archive.segmentBytes = Int64(configuration.integer("archive.segmentBytes"))
        archive.queueBytes = configuration.integer("archive.queueBytes")
        archive.preRollSeconds = configuration.number("archive.preRollSeconds")
        archive.memory = memory
        archive.preRollBytes = configuration.integer("archive.preRollBytes")
        archive.resumeSeconds = configuration.integer("rooms.resumeSeconds")
        archive.warnBelowBytes = Int64(configuration.integer("archive.warnBelow"))
        archive.stopBelowBytes = Int64(configuration.integer("archive.stopBelow"))
        store = try ArchiveStore(archive, software: ["convene": Version.number], logger: logger)
        authentication = try MessageAuthentication(
            key: ResumeKey.load(archive: archive.path, logger: logger))
    }

    func run() async throws {
        let threads = configuration.integer("server.threads")
        let loops = threads > 0 ? threads : System.coreCount
        // What makes the event loops does not tell that there are no threads for them: it ends the process.
        try ThreadSupply.check(loops + Self.otherThreads)
        let memory = self.memory
        let upkeep = Task { await MemoryUpkeep(budget: memory).run() }
        defer { upkeep.cancel() }
        let group = MultiThreadedEventLoopGroup(numberOfThreads: loops)
        let server = RelayServer(
            configuration: relay(memory), eventLoopGroup: group,
            taps: store.map { RecordingTaps(store: $0, rooms: recordedRooms) }, logger: logger,
            authenticate: { [authentication] in try? authentication.code(of: $0) })
        let metrics = ServerMetrics(server: server, memory: memory, registry: registry, group: group) {
            [store] in store?.problem
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
        await server.shutdown(signals.ending)
    }

    private static func text(_ address: SocketAddress) -> String {
        "\(IPv6Literal.bracketed((address.ipAddress ?? "*") + zone(of: address))):\(address.port ?? 0)"
    }

    /// `%eth0` for an address that means another machine on each network.
    private static func zone(of address: SocketAddress) -> String {
        guard case .v6(let internet) = address, internet.address.sin6_scope_id > 0 else { return "" }
        var name = [CChar](repeating: 0, count: Int(IF_NAMESIZE))
        guard if_indextoname(internet.address.sin6_scope_id, &name) != nil else { return "" }
        return "%" + String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// A quarter of what there is, unless it is configured.
    private static func memoryBytes(_ configuration: AppConfiguration) -> Int {
        let configured = configuration.integer("server.memoryBytes")
        return configured > 0
            ? max(leastMemory, configured) : max(leastMemory, MachineMemory.bytes() / 4)
    }

    /// Bytes below which nobody could be served.
    private static let leastMemory = 32 << 20
    /// Threads that the server needs beside its event loops: metrics, name look-up, Swift's pool.
    private static let otherThreads = 4

    private func relay(_ memory: MemoryBudget) -> RelayConfiguration {
        var relay = RelayConfiguration()
        relay.memory = memory
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

/// Named in the log when it starts and ends.
extension ServerService: CustomStringConvertible {
    var description: String { "the server" }
}
