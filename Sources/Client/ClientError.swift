/// What can go wrong between a client and its server.
public enum ClientError: Error, Sendable, Hashable, CustomStringConvertible {
    /// There is no server at that address. The environment's fault.
    case unreachable(host: String, port: Int, reason: String)
    /// The server said no, with its stable code. The user's fault, or the server is full.
    case refused(code: String, message: String)
    /// The server is silent. The environment's fault.
    case timedOut(what: String, seconds: Double)
    /// The server does not take a track in several sizes. The environment's fault.
    case noLayers
    /// The connection is closed.
    case closed(CloseReason)

    /// What failed, the value, the next step.
    public var description: String {
        switch self {
        case .unreachable(let host, let port, let reason):
            "Cannot reach \(host):\(port): \(reason). Check the address, and that the server runs."
        case .refused(let code, let message):
            "The server refused: \(message) (\(code))"
        case .timedOut(let what, let seconds):
            "No answer within \(seconds) s: \(what). Check the address, and that a Convene server runs there."
        case .noLayers:
            "The server takes no second size of a track. Send one size, or use a newer server."
        case .closed(let reason):
            "The session is over: \(reason)."
        }
    }
}
