import Client
import Synchronization

/// Ends a command when its connection does, and keeps why.
final class ConnectionWatch: Sendable {
    private let reason = Mutex<CloseReason?>(nil)
    private let reconnect: Double?

    /// - Parameter reconnect: seconds for which the connection is made again; `nil` where the command does not say.
    init(_ connection: Connection, _ termination: Termination, reconnect: Double? = nil) {
        self.reconnect = reconnect
        Task { [self] in
            let closed = await connection.waitUntilClosed()
            reason.withLock { $0 = closed }
            termination.request()
        }
    }

    /// Why the connection closed, where we did not close it ourselves.
    var failure: AppError? {
        switch reason.withLock({ $0 }) {
        case nil, .finished: nil
        case .server(let reason):
            AppError(ServerEnding.text(reason, reconnect: reconnect), status: .unavailable)
        case .refused(let code, let message):
            AppError("The server refused: \(message) (\(code))", status: .failure)
        case .excessive(let what):
            AppError(
                "The server sent \(what), which is more than this program takes. Use another server.",
                status: .unavailable)
        case .lost(let reason):
            AppError(
                "The connection to the server was lost: \(reason). Check the network.", status: .unavailable)
        }
    }
}
