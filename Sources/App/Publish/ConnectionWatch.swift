import Client
import Synchronization

/// Ends a command when its connection does, and keeps why.
final class ConnectionWatch: Sendable {
    private let reason = Mutex<CloseReason?>(nil)

    init(_ connection: Connection, _ termination: Termination) {
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
            AppError(
                "The server ended the connection: \(reason). Try again when it is back.", status: .unavailable
            )
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
