import Logging
import Media
import NIOCore
import Synchronization
import Wire

/// What all connections and rooms of one server share. May be used from any thread.
final class RelayContext: Sendable {
    let configuration: RelayConfiguration
    let loops: [any EventLoop]
    /// What the connections of each loop share, in the order of ``loops``.
    let shared: [RelayLoop]
    let taps: (any RoomTapFactory)?
    let logger: Logger
    let clock: MediaClock
    private let maximumConnections: Int
    private let rooms = Mutex<[String: (room: Room, members: Int)]>([:])
    private let connections = Mutex<[ObjectIdentifier: ConnectionHandler]>([:])
    private let stopping = Atomic<Bool>(false)

    init(
        configuration: RelayConfiguration, loops: [any EventLoop], taps: (any RoomTapFactory)?,
        logger: Logger,
        clock: MediaClock
    ) {
        self.configuration = configuration
        self.loops = loops
        shared = loops.map { RelayLoop(loop: $0, configuration: configuration) }
        self.taps = taps
        self.logger = logger
        self.clock = clock
        maximumConnections = min(configuration.maximumConnections, FileLimit.current() / 2)
    }

    /// What the connections of `loop`, one of the server's, share.
    func shared(of loop: any EventLoop) -> RelayLoop {
        // There are as many as cores, and there is always one: every connection and room is made on one of them.
        shared.first { $0.loop === loop } ?? shared[0]
    }

    /// The server's clock as it stands in messages: microseconds.
    func serverTime() -> Int64 { clock.now().nanoseconds / 1000 }

    /// The room of that name, made where there is none. Each call needs one ``release(_:)``.
    ///
    /// A name always has the same home loop, so that one meeting has ended before the next begins.
    func acquire(_ name: String) -> Room {
        rooms.withLock { rooms in
            if let entry = rooms[name] {
                rooms[name]?.members += 1
                return entry.room
            }
            let home = loops[Int(name.hashValue.magnitude % UInt(loops.count))]
            let room = Room(name: name, home: home, relay: self)
            rooms[name] = (room, 1)
            return room
        }
    }

    /// Gives back what ``acquire(_:)`` gave.
    /// - Returns: whether it was the last one, so that the room is over.
    func release(_ room: Room) -> Bool {
        rooms.withLock { rooms in
            rooms[room.name]?.members -= 1
            guard rooms[room.name]?.members == 0 else { return false }
            rooms[room.name] = nil
            return true
        }
    }

    /// All rooms that somebody is in, or may come back to.
    func allRooms() -> [Room] { rooms.withLock { $0.values.map(\.room) } }

    func add(_ connection: ConnectionHandler) {
        connections.withLock { $0[ObjectIdentifier(connection)] = connection }
    }

    func remove(_ connection: ConnectionHandler) {
        connections.withLock { $0[ObjectIdentifier(connection)] = nil }
    }

    /// What to do with a connection that was just added.
    enum Admission {
        case serve
        /// There are too many; say so.
        case refuse(WireError)
        /// There are far too many; waiting until they have read why would cost a file for each.
        case drop
    }

    var admission: Admission {
        let excess = connections.withLock { $0.count } - maximumConnections
        guard excess > 0 else { return .serve }
        guard excess <= Self.refusalsAtATime else { return .drop }
        return .refuse(
            WireError(
                .serverFull,
                "The server has \(maximumConnections) connections, which is full. Try again later."))
    }

    private static let refusalsAtATime = 32

    /// All connections that are open or being closed.
    func allConnections() -> [ConnectionHandler] { connections.withLock { Array($0.values) } }

    /// Whether the server is being shut down.
    var isStopping: Bool { stopping.load(ordering: .acquiring) }

    func stop() { stopping.store(true, ordering: .releasing) }
}
