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
        _ = try ConveneURL(access.url)
        let configuration = try AppConfiguration(
            file: access.configuration, defaults: AppLog.personLevel)
        let logger = AppLog.make(
            level: Logger.Level(rawValue: configuration.text("log.level")) ?? .warning, isForPerson: true)
        try await Termination.run(after: access.duration) { termination in
            let joined = MediaClock.system.now()
            let connection = try await access.connect(logger: logger)
            let watch = ConnectionWatch(connection, termination)
            do {
                let viewer = try Viewer(
                    connection: connection, options: options, joined: joined, logger: logger)
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
