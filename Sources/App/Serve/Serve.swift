import Archive
import FoundationEssentials
import Logging
import NIOCore
import NIOPosix
import Relay
import ServiceLifecycle

/// `convene serve`: relays and records until it is told to end.
public enum Serve {
    /// What the command line says.
    public struct Options: Sendable {
        /// Configuration file, where one is named.
        public var configuration: String?
        /// `HOST:PORT`, where it is given.
        public var listen: String?
        /// Folder of the archive, where it is given.
        public var archive: String?
        /// `false` where nothing shall be recorded whatever the configuration says.
        public var records: Bool

        /// Options from their parts.
        public init(configuration: String?, listen: String?, archive: String?, records: Bool) {
            self.configuration = configuration
            self.listen = listen
            self.archive = archive
            self.records = records
        }
    }

    /// Serves until SIGINT or SIGTERM. The first line on standard output is `listening on HOST:PORT`.
    /// - Throws: ``AppError``, or what a module refuses.
    public static func run(_ options: Options) async throws {
        let configuration = try AppConfiguration(file: options.configuration, flags: flags(options))
        let level = Logger.Level(rawValue: configuration.text("log.level")) ?? .info
        let logger = AppLog.make(level: level)
        FileLimit.raise(logger)
        let service = try ServerService(configuration: configuration, logger: logger)
        let group = ServiceGroup(
            configuration: .init(
                services: [.init(service: service)], gracefulShutdownSignals: [.sigint, .sigterm],
                logger: logger))
        try await group.run()
    }

    private static func flags(_ options: Options) throws -> [String: AppConfiguration.Flag] {
        var flags: [String: AppConfiguration.Flag] = [:]
        if let listen = options.listen {
            let (host, port) = try endpoint(listen)
            flags["server.host"] = .text(host)
            flags["server.port"] = .integer(port)
        }
        if let archive = options.archive { flags["archive.path"] = .text(archive) }
        if !options.records { flags["archive.record"] = .flag(false) }
        return flags
    }

    /// `HOST:PORT`, `[IPv6]:PORT` or `:PORT` for all addresses.
    package static func endpoint(_ text: String) throws(AppError) -> (host: String, port: Int) {
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
            (0...65535).contains(port)
        else {
            throw AppError(
                "--listen \(text) is not HOST:PORT with a port from 0 to 65535. Write for example 127.0.0.1:7650.",
                status: .usage)
        }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        return (host.isEmpty ? "0.0.0.0" : String(host), port)
    }
}

/// The relay and the archive behind it; the relay ends first, so that everything it took is recorded.
private struct ServerService: Service {
    let configuration: AppConfiguration
    let logger: Logger
    private let store: ArchiveStore?

    init(configuration: AppConfiguration, logger: Logger) throws {
        self.configuration = configuration
        self.logger = logger
        guard configuration.flag("archive.record") else {
            store = nil
            return
        }
        var archive = ArchiveConfiguration(path: configuration.text("archive.path"))
        archive.fragmentMilliseconds = configuration.integer("archive.fragmentMilliseconds")
        archive.segmentBytes = Int64(configuration.integer("archive.segmentBytes"))
        archive.queueBytes = configuration.integer("archive.queueBytes")
        archive.warnBelowBytes = Int64(configuration.integer("archive.warnBelow"))
        archive.stopBelowBytes = Int64(configuration.integer("archive.stopBelow"))
        store = try ArchiveStore(archive, software: ["convene": Version.number], logger: logger)
    }

    func run() async throws {
        let threads = configuration.integer("server.threads")
        let group = MultiThreadedEventLoopGroup(numberOfThreads: threads > 0 ? threads : System.coreCount)
        let server = RelayServer(
            configuration: relay(), eventLoopGroup: group, taps: store.map(RecordingTaps.init), logger: logger
        )
        do {
            let address = try await server.start()
            Output.line("listening on \(address.ipAddress.map(Self.bracketed) ?? "*"):\(address.port ?? 0)")
            if let store { logger.info("recording", metadata: ["archive": "\(store.path)"]) }
            try? await gracefulShutdown()
            await server.shutdown()
            await store?.finish()
        } catch {
            await store?.finish()
            try? await group.shutdownGracefully()
            throw error
        }
        try? await group.shutdownGracefully()
    }

    private static func bracketed(_ address: String) -> String {
        address.contains(":") ? "[\(address)]" : address
    }

    private func relay() -> RelayConfiguration {
        var relay = RelayConfiguration()
        relay.host = configuration.text("server.host")
        relay.port = configuration.integer("server.port")
        relay.maximumConnections = configuration.integer("server.maximumConnections")
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
        return relay
    }
}
