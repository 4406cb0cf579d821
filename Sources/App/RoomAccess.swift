import Client
import Logging
import NIOPosix
import Wire

/// Which room, as whom, and for how long: what every command that enters a room is told.
public struct RoomAccess: Sendable {
    /// `convene://HOST[:PORT]/ROOM`.
    public var url: String
    /// The name that the others see.
    public var name: String
    /// Configuration file, where one is named.
    public var configuration: String?
    /// Seconds after which it ends by itself.
    public var duration: Double?
    /// Seconds for which a connection that broke is made again; 0 to end with it.
    public var reconnect: Double

    /// Access from its parts.
    public init(url: String, name: String, configuration: String?, duration: Double?, reconnect: Double) {
        self.url = url
        self.name = name
        self.configuration = configuration
        self.duration = duration
        self.reconnect = reconnect
    }

    /// Enters the room.
    /// - Throws: ``ClientError``, and the error of a URL that is none.
    func connect(logger: Logger) async throws -> Connection {
        var settings = ClientConfiguration()
        settings.reconnectTimeoutInSeconds = reconnect
        return try await Connection.connect(
            to: try ConveneURL(url), name: name, eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
            logger: logger, configuration: settings)
    }
}
