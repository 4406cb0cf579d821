/// How a server ends, for those who are connected.
public enum RelayEnding: Sendable, Hashable {
    /// For good: `bye` with `server_shutdown`. Clients leave.
    case shutdown
    /// To be back in a moment: `bye` with `restarting`. Clients come back, and keep their identifiers.
    case restart

    /// The earliest that clients should be back, and the time over which they are spread, in milliseconds.
    private static let pause = (first: 200, spread: 800)
    /// Clients that may come back at the same moment.
    private static let clientsPerMillisecond = 4

    /// The reason in `bye` and `left`.
    var reason: String {
        switch self {
        case .shutdown: "server_shutdown"
        case .restart: "restarting"
        }
    }

    /// After how many milliseconds one of `count` clients should try to come back: not all at once.
    func retryAfter(of count: Int) -> Int? {
        guard self == .restart else { return nil }
        let spread = min(Self.pause.spread, count / Self.clientsPerMillisecond)
        return Self.pause.first + Int.random(in: 0...spread)
    }
}
