import Client
import Logging
import Media
import Wire

/// `convene view`: shows a meeting until it is told to end.
public enum View {
    /// Shows a room.
    /// - Throws: ``AppError``, or what a module refuses.
    @MainActor
    public static func run(
        _ access: RoomAccess, options: ViewOptions
    ) async throws {
        let address = try ConveneURL(access.url)
        try options.checkFiles()
        let configuration = try AppConfiguration(
            file: access.configuration, isClient: true, defaults: AppLog.personLevel)
        Output.detach()
        let logger = AppLog.make(
            level: Logger.Level(rawValue: configuration.text("log.level")) ?? .warning, isForPerson: true)
        try await Termination.run(after: access.duration) { termination in
            let screen = try ViewerScreen(options, room: address.room)
            screen.statistics.beginConnecting()
            let connection = try await access.connect(logger: AppLog.ofConnection(logger))
            let watch = ConnectionWatch(connection, termination, reconnect: access.reconnect)
            do {
                let viewer = Viewer(
                    connection: connection, screen: screen, options: options, logger: logger)
                try await viewer.run(termination)
                await connection.finish()
                await viewer.finish()
            } catch {
                await connection.finish()
                throw error
            }
            if let failure = watch.failure { throw failure }
        }
    }
}
