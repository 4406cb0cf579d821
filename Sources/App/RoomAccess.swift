import Client
import Glibc
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
    /// - Parameter name: `nil` for the user's name on this machine.
    public init(url: String, name: String?, configuration: String?, duration: Double?, reconnect: Double) {
        self.url = url
        self.name = name ?? Self.userName()
        self.configuration = configuration
        self.duration = duration
        self.reconnect = reconnect
    }

    /// What is wrong with the value of `--name`, for people; `nil` where nothing is.
    public static func problem(ofName name: String?) -> String? {
        guard let name, let problem = NameRules.problem(ofName: name) else { return nil }
        return "The name \"\(name)\" is refused: \(problem). Give another --name, or leave it out."
    }

    /// The name of this machine's user: as people write it where the machine knows, else the one to log in with.
    static func userName() -> String {
        guard let entry = getpwuid(getuid()) else { return "Guest" }
        let full = entry.pointee.pw_gecos.map { String(cString: $0) } ?? ""
        let login = entry.pointee.pw_name.map { String(cString: $0) } ?? ""
        let names = [full.split(separator: ",").first.map(String.init) ?? "", login]
        return names.first { NameRules.problem(ofName: $0) == nil } ?? "Guest"
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
