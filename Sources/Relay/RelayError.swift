/// Why a relay server could not start.
public enum RelayError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Something else listens there. The environment's fault.
    case addressInUse(host: String, port: Int)
    /// The host is no address and no name of this machine. The user's fault.
    case badAddress(host: String, port: Int, reason: String)
    /// The system refused. The environment's fault.
    case bind(host: String, port: Int, reason: String)
    /// The server was started or shut down before. A bug.
    case alreadyStarted

    /// What failed, the value, the next step.
    public var description: String {
        switch self {
        case .addressInUse(let host, let port):
            "Cannot listen on \(host):\(port): another program does. Stop it or choose another port."
        case .badAddress(let host, let port, let reason):
            "Cannot listen on \(host):\(port): \(reason). Choose an address of this machine, or 0.0.0.0 for all."
        case .bind(let host, let port, let reason):
            "Cannot listen on \(host):\(port): \(reason). Choose another address or port."
        case .alreadyStarted:
            "This server was already started. Make a new one."
        }
    }
}
