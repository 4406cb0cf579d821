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
    /// What addresses use of the server's memory.
    let accounts: MemoryAccounts
    private let maximumConnections: Int
    private let rooms = Mutex<[String: (room: Room, members: Int)]>([:])
    private let connections = Mutex<[ObjectIdentifier: ConnectionHandler]>([:])
    private let addresses = Mutex<[ClientAddress: Int]>([:])
    private let stopping = Atomic<Bool>(false)
    private let kept = Atomic<Int>(0)

    init(
        configuration: RelayConfiguration, loops: [any EventLoop], taps: (any RoomTapFactory)?,
        logger: Logger,
        clock: MediaClock
    ) {
        self.configuration = configuration
        accounts = MemoryAccounts(budget: configuration.memory)
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

    /// The room of that name, made where there is none; `nil` where that would be one too many. Each room needs one
    /// ``release(_:)``.
    ///
    /// A name always has the same home loop, so that one meeting has ended before the next begins.
    func acquire(_ name: String) -> Room? {
        rooms.withLock { rooms in
            if let entry = rooms[name] {
                rooms[name]?.members += 1
                return entry.room
            }
            guard rooms.count < configuration.maximumRooms else { return nil }
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

    var tooManyRooms: WireError {
        WireError(
            .tooManyRooms,
            "The server has \(configuration.maximumRooms) rooms and opens no more. Enter one that is there, or try "
                + "again later.")
    }

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

    func admission(of address: ClientAddress?) -> Admission {
        let excess = connections.withLock { $0.count } + kept.load(ordering: .relaxed) - maximumConnections
        guard excess <= 0 else {
            return Self.admission(excess) {
                WireError(
                    .serverFull,
                    "The server has \(maximumConnections) connections, which is full. Try again later.")
            }
        }
        guard configuration.memory.admits else { return .refuse(Self.memoryShort) }
        guard let address else { return .serve }
        let limit = configuration.maximumConnectionsPerAddress
        return Self.admission((addresses.withLock { $0[address] } ?? 0) - limit) {
            WireError(
                .tooManyConnections,
                "Your address has \(limit) connections, which are all that one may have. Close one first.")
        }
    }

    private static func admission(_ excess: Int, _ error: () -> WireError) -> Admission {
        if excess <= 0 { return .serve }
        return excess <= refusalsAtATime ? .refuse(error()) : .drop
    }

    private static let refusalsAtATime = 32

    /// Why nobody is let in, or a frame is not waited for.
    static let memoryShort = WireError(
        .serverFull, "The server is short of memory. Try again later.")

    /// Counts a connection from `address`, where addresses are limited; ``uncount(_:)`` has to follow.
    func count(_ address: SocketAddress?) -> ClientAddress? {
        guard configuration.maximumConnectionsPerAddress > 0, let key = address.flatMap(ClientAddress.init)
        else { return nil }
        addresses.withLock { $0[key, default: 0] += 1 }
        return key
    }

    /// Gives back what ``count(_:)`` gave.
    func uncount(_ address: ClientAddress) {
        addresses.withLock { addresses in
            let left = (addresses[address] ?? 1) - 1
            addresses[address] = left > 0 ? left : nil
        }
    }

    /// Takes a place for a participant whose connection broke: it counts as a connection.
    /// - Returns: `false` where there are too many already.
    func keepPlace() -> Bool {
        guard connections.withLock({ $0.count }) + kept.load(ordering: .relaxed) <= maximumConnections else {
            return false
        }
        kept.add(1, ordering: .relaxed)
        return true
    }

    /// Gives back what ``keepPlace()`` took.
    func givePlaceBack() { kept.subtract(1, ordering: .relaxed) }

    /// All connections that are open or being closed.
    func allConnections() -> [ConnectionHandler] { connections.withLock { Array($0.values) } }

    /// Whether the server is being shut down.
    var isStopping: Bool { stopping.load(ordering: .acquiring) }

    func stop() { stopping.store(true, ordering: .releasing) }
}
