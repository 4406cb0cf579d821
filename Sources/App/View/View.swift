import Client
import Logging
import Media
import NIOPosix
import Wire

/// `convene view`: shows a meeting until it is told to end.
public enum View {
    /// Shows the room at `url`.
    /// - Parameter duration: seconds after which it ends by itself.
    /// - Throws: ``AppError``, or what a module refuses.
    @MainActor
    public static func run(
        url: String, name: String, options: ViewOptions, configuration file: String?, duration: Double?
    ) async throws {
        let address = try ConveneURL(url)
        let configuration = try AppConfiguration(file: file)
        let logger = AppLog.make(level: Logger.Level(rawValue: configuration.text("log.level")) ?? .info)
        try await Termination.run(after: duration) { termination in
            let joined = MediaClock.system.now()
            let connection = try await Connection.connect(
                to: address, name: name, eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: logger
            )
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
