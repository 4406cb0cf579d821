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
            file: access.configuration, flags: try PublishSettings.flags(options), isClient: true)
        Output.detach()
        let logger = AppLog.make(level: Logger.Level(rawValue: configuration.text("log.level")) ?? .info)
        let settings = try await PublishSettings(options, configuration).prepared()
        try await Termination.run(after: access.duration) { termination in
            let publisher = Publisher(
                settings: settings, termination: termination,
                switches: SendSwitches(isMuted: options.isMuted, isCameraOff: options.isCameraOff),
                logger: logger)
            let prepared = try await publisher.prepare()
            guard !termination.isRequested else { return await publisher.stop(prepared) }
            guard !prepared.kinds.isEmpty else {
                throw AppError(
                    "There is neither a camera nor a microphone to send. Connect one, or send a picture and a tone that "
                        + "machines can read: --test-pattern --tone.", status: .inputNotFound)
            }
            let connection: Connection
            do { connection = try await access.connect(logger: logger) } catch {
                await publisher.stop(prepared)
                throw error
            }
            try await publish(
                connection, publisher, prepared, termination, reconnect: access.reconnect, logger)
        }
    }

    private static func publish(
        _ connection: Connection, _ publisher: Publisher, _ prepared: Publisher.Prepared,
        _ termination: Termination, reconnect: Double, _ logger: Logger
    ) async throws {
        let observer = SubscribeSession(
            connection: connection, handler: RoomAnnouncer(own: { connection.participant }, logger: logger),
            receivesMedia: false)
        let watch = ConnectionWatch(connection, termination, reconnect: reconnect)
        do {
            try await publisher.run(prepared, connection)
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
