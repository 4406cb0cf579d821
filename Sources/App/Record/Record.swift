import Client
import Logging
import NIOPosix
import Wire

/// `convene record`: starts, stops or pauses the recording of a room.
public enum Record {
    /// What is asked for.
    public enum Action: Sendable {
        /// Record from now on, or go on after a pause.
        case start
        /// Finish the files.
        case stop
        /// Leave out what follows.
        case pause
    }

    /// Seconds that the room may take to answer: all files are finished on the disk before it tells that it has stopped.
    private static let patience = 30.0

    /// Asks the room at `url`, waits until it tells its state, and prints that.
    ///
    /// - Parameter name: as the others see it; `nil` for the user's name on this machine.
    /// - Throws: ``AppError`` where the room refuses, does not answer in time, or nobody is in it.
    public static func run(
        url: String, action: Action, name: String?, configuration file: String?
    ) async throws {
        let address = try ConveneURL(url)
        let configuration = try AppConfiguration(file: file, isClient: true)
        Output.detach()
        let logger = AppLog.make(level: Logger.Level(rawValue: configuration.text("log.level")) ?? .info)
        var settings = ClientConfiguration()
        settings.reconnectTimeoutInSeconds = patience
        let connection = try await Connection.connect(
            to: address, name: name ?? RoomAccess.userName(),
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: logger, configuration: settings)
        // A server that is started again meanwhile may not have heard the request.
        let answer = RecordingAnswer(own: connection.participant, wanted: wanted(action)) {
            connection.record(request(action))
        }
        let session = SubscribeSession(connection: connection, handler: answer, receivesMedia: false)
        connection.record(request(action))
        let timer = Task {
            try? await Task.sleep(for: .seconds(patience))
            answer.giveUp()
        }
        let outcome = await answer.outcome()
        timer.cancel()
        await connection.finish()
        withExtendedLifetime(session) {}
        try report(outcome, address)
    }

    private static func report(_ outcome: RecordingAnswer.Outcome, _ address: ConveneURL) throws(AppError) {
        switch outcome {
        case .reached(let state, let reason):
            Output.said(state.rawValue + (reason.map { ": \($0)" } ?? ""))
        case .refused(let message): throw AppError(message, status: .failure)
        case .alone:
            throw AppError(
                "Nobody is in the room \(address.room): there is no meeting to be recorded. Check the address.",
                status: .failure)
        case .closed(let reason):
            throw AppError("The connection ended before the room answered: \(reason).", status: .unavailable)
        case .silence:
            throw AppError(
                "The room did not answer within \(patience) s. `convene view` shows its state.",
                status: .unavailable)
        }
    }

    private static func request(_ action: Action) -> RecordingAction {
        switch action {
        case .start: .start
        case .stop: .stop
        case .pause: .pause
        }
    }

    private static func wanted(_ action: Action) -> Set<RecordingState> {
        switch action {
        case .start: [.recording]
        // A room that was never recorded has nothing to stop.
        case .stop: [.stopped, .off]
        case .pause: [.paused]
        }
    }
}
