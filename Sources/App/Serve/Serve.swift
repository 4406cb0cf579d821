import LibAV
import Logging
import ServiceLifecycle
import Wire

/// `convene serve`: relays and records until it is told to end.
public enum Serve {
    /// What the command line says.
    public struct Options: Sendable {
        /// Configuration file, where one is named.
        public var configuration: String?
        /// `HOST:PORT`, where it is given.
        public var listen: String?
        /// `HOST:PORT` of the metrics, where it is given.
        public var metrics: String?
        /// Folder of the archive, where it is given.
        public var archive: String?
        /// `false` where nothing shall be recorded whatever the configuration says.
        public var records: Bool

        /// Options from their parts.
        public init(
            configuration: String?, listen: String?, metrics: String?, archive: String?, records: Bool
        ) {
            self.configuration = configuration
            self.listen = listen
            self.metrics = metrics
            self.archive = archive
            self.records = records
        }
    }

    /// Serves until SIGINT or SIGTERM; see ``ServerSignals`` for what each means. The first line on standard output is `listening on HOST:PORT`.
    /// - Throws: ``AppError``, or what a module refuses.
    public static func run(_ options: Options) async throws {
        let configuration = try AppConfiguration(file: options.configuration, flags: flags(options))
        let level = Logger.Level(rawValue: configuration.text("log.level")) ?? .info
        Output.detach()
        let logger = AppLog.make(level: level)
        OpenFileLimit.raise(logger)
        FreedMemory.keep()
        let signals = ServerSignals()
        let trapped = await ServerSignals.trapped()
        let service = try ServerService(configuration: configuration, signals: signals, logger: logger)
        let group = ServiceGroup(configuration: .init(services: [.init(service: service)], logger: logger))
        let watcher = Task { await signals.watch(trapped, group, logger) }
        defer { watcher.cancel() }
        try await group.run()
    }

    private static func flags(_ options: Options) throws -> [String: AppConfiguration.Flag] {
        var flags: [String: AppConfiguration.Flag] = [:]
        if let listen = options.listen {
            let (host, port) = try endpoint(listen, of: "--listen")
            flags["server.host"] = .text(host)
            flags["server.port"] = .integer(port)
        }
        if let metrics = options.metrics {
            if !metrics.isEmpty { _ = try endpoint(metrics, of: "--metrics") }
            flags["server.metrics"] = .text(metrics)
        }
        if let archive = options.archive { flags["archive.path"] = .text(archive) }
        if !options.records { flags["archive.record"] = .flag(false) }
        return flags
    }

    /// `HOST:PORT`, `[IPv6]:PORT` or `:PORT` for all addresses.
    /// - Parameter name: what it was given as, for the error.
    package static func endpoint(_ text: String, of name: String) throws(AppError) -> (
        host: String, port: Int
    ) {
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
            (0...65535).contains(port)
        else {
            throw AppError(
                "\(name) \(text) is not HOST:PORT with a port from 0 to 65535. Write for example 127.0.0.1:7650.",
                status: .usage)
        }
        let host = text[..<colon]
        guard host.hasPrefix("["), host.hasSuffix("]") else {
            return (host.isEmpty ? "0.0.0.0" : String(host), port)
        }
        guard let address = IPv6Literal.host(inBrackets: host.dropFirst().dropLast()) else {
            throw AppError(
                "\(name) \(text) has no IPv6 address in its brackets. Write for example [::1]:7650 or"
                    + " [fe80::1%25eth0]:7650.", status: .usage)
        }
        return (address, port)
    }
}
