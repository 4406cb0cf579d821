import Client
import Glibc
import Logging
import Media
import Wire

/// `convene join`: a person in a meeting, who sends and sees and writes.
public enum Join {
    /// Joins a room. Lines from standard input are chat.
    /// - Throws: ``AppError``, or what a module refuses.
    @MainActor
    public static func run(
        _ access: RoomAccess, publish: PublishOptions, view: ViewOptions
    ) async throws {
        _ = try ConveneURL(access.url)
        let configuration = try AppConfiguration(
            file: access.configuration, flags: try PublishSettings.flags(publish))
        guard publish.file != "-" else {
            throw AppError(
                "Standard input is the chat of join. Use publish --file -, or name a file.", status: .usage)
        }
        let logger = AppLog.make(level: Logger.Level(rawValue: configuration.text("log.level")) ?? .info)
        let settings = try await PublishSettings(publish, configuration).prepared()
        try await Termination.run(after: access.duration) { termination in
            let joined = MediaClock.system.now()
            let connection = try await access.connect(logger: logger)
            let watch = ConnectionWatch(connection, termination)
            let publisher = Publisher(
                connection: connection, settings: settings, termination: termination, logger: logger)
            do {
                let viewer = try Viewer(connection: connection, options: view, joined: joined, logger: logger)
                ChatInput.start(connection)
                let published = Task {
                    do { try await publisher.run() } catch {
                        // Who cannot send can still watch: the meeting goes on, the failure is the exit status.
                        logger.error("\(AppError(error))")
                        throw error
                    }
                }
                try await viewer.run(termination)
                try await published.value
                await connection.finish()
                await viewer.finish()
            } catch {
                termination.request()
                await connection.finish()
                throw watch.failure ?? error
            }
            logger.info("\(publisher.summary)")
            if let failure = watch.failure { throw failure }
        }
    }
}

/// Lines typed by a person, sent as chat.
private enum ChatInput {
    private static let maximumLine = 4096

    /// Reads standard input on a thread that ends with the input, or with the process.
    static func start(_ connection: Connection) {
        _ = BlockingThread("chat") {
            while let line = readLine(), !connection.isClosed {
                let text = line.trimmingPrefix { $0.isWhitespace }
                if !text.isEmpty, text.utf8.count <= maximumLine { connection.chat(String(text)) }
            }
        }
    }
}
