/// Why a connection is closed.
public enum CloseReason: Sendable, Hashable, CustomStringConvertible {
    /// This side left.
    case finished
    /// The server said `bye`, for instance `server_shutdown`, `restarting` or `slow_consumer`.
    case server(reason: String)
    /// The server refused something and closed the connection.
    case refused(code: String, message: String)
    /// The server sent more than a client takes.
    case excessive(String)
    /// The connection broke, or the server does not answer or sends nonsense.
    case lost(String)

    /// For people: what happened.
    public var description: String {
        switch self {
        case .finished: "left the room"
        case .server("server_shutdown"): "the server was shut down"
        case .server("restarting"): "the server restarts"
        case .server("slow_consumer"): "this side read too slowly for the server"
        case .server(let reason): "the server ended the session: \(reason)"
        case .refused(let code, let message): "the server refused: \(message) (\(code))"
        case .excessive(let text): "the server sent \(text), which is more than this program takes"
        case .lost(let text): "the connection was lost: \(text)"
        }
    }
}
