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
    let loopStates: [RelayLoop]
    let taps: (any RoomTapFactory)?
    let logger: Logger
    let clock: MediaClock
    /// What addresses use of the server's memory.
    let accounts: MemoryAccounts
    private let maximumConnections: Int
    /// Of those who come back.
    let secrets: ResumeSecrets
    /// Rooms, with those who are in them or whose places are kept, and the number of the latter.
    private let rooms = Mutex(Rooms())
    private let connections = Mutex<[ObjectIdentifier: ConnectionHandler]>([:])
    private let addresses = Mutex<[ClientAddress: Int]>([:])
    private let ending = Mutex<RelayEnding?>(nil)
    private let started = Mutex<MonotonicTime?>(nil)
    private let places: KeptPlaces
    /// Files that recordings may still open.
    private let files: Mutex<Int>

    private struct Rooms {
        var entries: [String: (room: Room, members: Int, away: Int)] = [:]
        /// Rooms that are only kept for people who are away.
        var waiting = 0

        mutating func change(_ name: String, members: Int, away: Int) -> Bool {
            guard var entry = entries[name] else { return false }
            if entry.members == entry.away { waiting -= 1 }
            entry.members += members
            entry.away += away
            if entry.members == entry.away { waiting += 1 }
            entries[name] = entry
            guard entry.members == 0 else { return false }
            waiting -= 1
            entries[name] = nil
            return true
        }
    }

    init(
        configuration: RelayConfiguration, loops: [any EventLoop], taps: (any RoomTapFactory)?,
        secrets: ResumeSecrets, logger: Logger, clock: MediaClock
    ) {
        self.secrets = secrets
        self.configuration = configuration
        accounts = MemoryAccounts(budget: configuration.memory)
        self.loops = loops
        loopStates = loops.map { RelayLoop(loop: $0, configuration: configuration) }
        self.taps = taps
        self.logger = logger
        self.clock = clock
        let limit = FileLimit.current()
        maximumConnections = min(configuration.maximumConnections, limit / 2)
        files = Mutex(configuration.maximumRecordingFiles ?? (limit - maximumConnections) * 3 / 4)
        let perAddress = configuration.maximumConnectionsPerAddress
        places = KeptPlaces(
            maximum: maximumConnections,
            perAddress: min(perAddress > 0 ? perAddress : .max, max(64, maximumConnections / 8)))
    }

    /// What the connections of `loop`, one of the server's, share.
    func loopState(of loop: any EventLoop) -> RelayLoop {
        // There are as many as cores, and there is always one: every connection and room is made on one of them.
        loopStates.first { $0.loop === loop } ?? loopStates[0]
    }

    /// The server's clock as it stands in messages: microseconds.
    func serverTime() -> Int64 { clock.now().nanoseconds / 1000 }

    /// The room of that name, made where there is none; `nil` where that would be one too many. Each room needs one
    /// ``release(_:)``.
    ///
    /// A name always has the same home loop, so that one meeting has ended before the next begins. Rooms that are only kept
    /// for people who are away do not count: as many as there are places are kept.
    func acquire(_ name: String) -> Room? {
        rooms.withLock { rooms in
            if let entry = rooms.entries[name] {
                _ = rooms.change(name, members: 1, away: 0)
                return entry.room
            }
            guard rooms.entries.count - rooms.waiting < configuration.maximumRooms else { return nil }
            let home = loops[Int(name.hashValue.magnitude % UInt(loops.count))]
            let room = Room(name: name, home: home, relay: self)
            rooms.entries[name] = (room, 1, 0)
            return room
        }
    }

    /// Gives back what ``acquire(_:)`` gave.
    /// - Returns: whether it was the last one, so that the room is over.
    func release(_ room: Room) -> Bool {
        rooms.withLock { $0.change(room.name, members: -1, away: 0) }
    }

    /// All rooms that somebody is in, or may come back to.
    func allRooms() -> [Room] { rooms.withLock { $0.entries.values.map(\.room) } }

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
        let excess = connections.withLock { $0.count } - maximumConnections
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

    /// Counts files that a recording needs.
    /// - Returns: `false` where there are too many: those that are open must not suffer. None is counted then.
    func takeFiles(_ count: Int) -> Bool {
        files.withLock { left in
            guard left >= count else { return false }
            left -= count
            return true
        }
    }

    /// Gives back what ``takeFiles(_:)`` took.
    func giveFilesBack(_ count: Int) { files.withLock { $0 += count } }

    /// Keeps the place of a participant whose connection broke.
    /// - Parameter giveUp: called where it has to go for a newer one.
    func keepPlace(
        in room: Room, from address: ClientAddress?, giveUp: @escaping @Sendable () -> Void
    ) -> KeptPlaces.ID {
        rooms.withLock { _ = $0.change(room.name, members: 0, away: 1) }
        return places.keep(address, giveUp: giveUp)
    }

    /// Ends what ``keepPlace(in:from:giveUp:)`` began.
    func givePlaceBack(_ place: KeptPlaces.ID, of room: Room) {
        rooms.withLock { _ = $0.change(room.name, members: 0, away: -1) }
        places.remove(place)
    }

    /// What the secret of somebody who comes back claims; `nil` where it is not one of ours.
    func claims(of secret: String, room: String) -> ResumeClaims? {
        guard !secret.isEmpty, configuration.resumeInSeconds > 0 else { return nil }
        return secrets.claims(of: secret, room: room, wallNanoseconds: clock.wallNanoseconds())
    }

    /// All connections that are open or being closed.
    func allConnections() -> [ConnectionHandler] { connections.withLock { Array($0.values) } }

    /// Takes note that the server listens from now on.
    func start() { started.withLock { $0 = clock.now() } }

    /// Whether those may still be on their way back who were in a room of an earlier run of the server.
    var hasJustStarted: Bool {
        guard let started = started.withLock({ $0 }) else { return false }
        return clock.now() - started <= Int64(configuration.resumeInSeconds) * 1_000_000_000
    }

    /// Whether the server is being shut down.
    var isStopping: Bool { ending.withLock { $0 != nil } }

    /// How the server ends, once it does.
    var presentEnding: RelayEnding? { ending.withLock { $0 } }

    func stop(_ ending: RelayEnding) { self.ending.withLock { $0 = ending } }
}
