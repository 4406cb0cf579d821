import Client
import Logging
import Media
import NIOPosix
import Wire

/// `convene publish`: sends one participant's pictures and sound until it is told to end.
public enum Publish {
    /// Publishes into the room at `url`.
    ///
    /// - Parameters:
    ///   - duration: seconds after which it ends by itself.
    /// - Throws: ``AppError``, or what a module refuses.
    @MainActor
    public static func run(
        url: String, name: String, options: PublishOptions, configuration file: String?, duration: Double?
    ) async throws {
        let address = try ConveneURL(url)
        let configuration = try AppConfiguration(file: file, flags: try PublishSettings.flags(options))
        let settings = try PublishSettings(options, configuration)
        let logger = AppLog.make(level: Logger.Level(rawValue: configuration.text("log.level")) ?? .info)
        try await Termination.run(after: duration) { termination in
            let connection = try await Connection.connect(
                to: address, name: name, eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: logger
            )
            try await publish(connection, settings, termination, logger)
        }
    }

    private static func publish(
        _ connection: Connection, _ settings: PublishSettings, _ termination: Termination, _ logger: Logger
    ) async throws {
        let observer = SubscribeSession(
            connection: connection, handler: RoomAnnouncer(own: connection.participant, logger: logger),
            receivesMedia: false)
        let publisher = Publisher(
            connection: connection, settings: settings, termination: termination, logger: logger)
        let watch = ConnectionWatch(connection, termination)
        do {
            try await publisher.run()
        } catch {
            await connection.finish()
            throw watch.failure ?? error
        }
        await connection.finish()
        logger.info("\(publisher.summary)")
        _ = observer
        if let failure = watch.failure { throw failure }
    }
}
