import Client
import Logging
import Media
import Wire

/// `convene publish`: sends one participant's pictures and sound until it is told to end.
public enum Publish {
    /// Publishes into a room.
    /// - Throws: ``AppError``, or what a module refuses.
    @MainActor
    public static func run(
        _ access: RoomAccess, options: PublishOptions
    ) async throws {
        _ = try ConveneURL(access.url)
        let configuration = try AppConfiguration(
            file: access.configuration, flags: try PublishSettings.flags(options))
        let logger = AppLog.make(level: Logger.Level(rawValue: configuration.text("log.level")) ?? .info)
        let settings = try await PublishSettings(options, configuration).prepared()
        try await Termination.run(after: access.duration) { termination in
            let connection = try await access.connect(logger: logger)
            try await publish(connection, settings, termination, logger)
        }
    }

    private static func publish(
        _ connection: Connection, _ settings: PublishSettings, _ termination: Termination, _ logger: Logger
    ) async throws {
        let observer = SubscribeSession(
            connection: connection, handler: RoomAnnouncer(logger: logger),
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
