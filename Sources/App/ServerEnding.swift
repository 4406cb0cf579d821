import Media

/// What people read where the server ended the connection.
package enum ServerEnding {
    /// - Parameters:
    ///   - reason: the word of the protocol's `bye`.
    ///   - reconnect: seconds for which the connection was made again; `nil` where the command does not say.
    package static func text(_ reason: String, reconnect: Double?) -> String {
        switch reason {
        case "server_shutdown": return "The meeting was ended by the server."
        case "restarting":
            guard let reconnect, reconnect > 0 else {
                return "The server restarts. Try again when it is back."
            }
            let time = DecimalText.fixed(reconnect, digits: reconnect == reconnect.rounded() ? 0 : 1)
            return "The server restarts and did not come back within \(time) s. Try again, or wait longer:"
                + " --reconnect."
        case "slow_consumer":
            return "The server ended the connection because this side read too slowly. Check the network."
        case "replaced":
            return "The server ended the connection because another one has taken its place."
        default: return "The server ended the connection: \(reason). Try again when it is back."
        }
    }
}
