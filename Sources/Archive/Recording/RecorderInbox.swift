import Media
import Synchronization

/// What waits for the recorder of one meeting. One lock, everything is counted, and there is a rule for each kind of what
/// finds no room:
///
/// | Kind | Room | Without it |
/// |---|---|---|
/// | packet | the capacity, and the server's memory; half of the capacity for a participant, three quarters for an address | it is lost, for video up to the next keyframe that finds room, and the count of them is an event |
/// | clock | the room for what is said | the newest of its track is kept, and comes with the track's next packet |
/// | chat | half of the room for what is said | it is lost, and the count of them is an event |
/// | who joins, and tracks that begin | the room for what is said | tried again with the track's next keyframe; its packets until then are lost as above |
/// | who leaves, and tracks that end | always: as many as came in | |
/// | away, back, what people ask for | the room for what is said | the caller is told |
///
/// Every method may be called from any thread; none blocks.
final class RecorderInbox: Sendable {
    /// What waits.
    struct Entry: Sendable {
        private var event: MeetingRecorder.Event
        /// When it came.
        let arrival: MonotonicTime
        fileprivate let cost: Cost

        fileprivate init(event: MeetingRecorder.Event, arrival: MonotonicTime, cost: Cost) {
            self.event = event
            self.arrival = arrival
            self.cost = cost
        }

        /// Takes the event out, so that the entry keeps no memory of it any more.
        mutating func take() -> MeetingRecorder.Event {
            var taken = MeetingRecorder.Event.chatLost(lines: 0)
            swap(&taken, &event)
            return taken
        }
    }

    /// Whether the recorder must be woken.
    enum Wake: Int, Sendable {
        case no
        /// Within the time for which packets are collected.
        case later
        case now
    }

    fileprivate enum Cost: Sendable {
        case packet(Int, Account)
        case said(Int, isChat: Bool)
        case free
    }

    /// Bytes of packets that wait, of a participant or an address. Only touched while the inbox is locked.
    fileprivate final class Account: @unchecked Sendable {
        // SAFETY: all mutable state is only touched while the inbox is locked.
        let limit: Int
        let address: Account?
        var waiting = 0
        /// Participants or tracks whose account it is.
        var owners = 0

        init(limit: Int, address: Account? = nil) {
            self.limit = limit
            self.address = address
        }

        /// One packet of each participant always finds room.
        func hasRoom(_ bytes: Int) -> Bool {
            waiting == 0 || (waiting + bytes <= limit && address?.holds(bytes) != false)
        }

        private func holds(_ bytes: Int) -> Bool { waiting + bytes <= limit }

        func add(_ bytes: Int) {
            waiting += bytes
            address?.waiting += bytes
        }
    }

    private struct Participant {
        let name: String
        let address: UInt64?
        let account: Account
        /// Whether the recorder knows of it.
        var isKnown: Bool
    }

    /// Only touched while the inbox is locked.
    private final class Track: @unchecked Sendable {
        // SAFETY: all mutable state is only touched while the inbox is locked.
        let participant: String
        let description: TrackDescription
        let account: Account
        /// Whether the recorder knows of it.
        var isKnown = false
        /// Packets that found no room since the last that did.
        var missing = 0
        var clock: (pts: Int64, serverTime: Int64)?

        init(of participant: String, _ description: TrackDescription, _ account: Account) {
            self.participant = participant
            self.description = description
            self.account = account
        }
    }

    private struct State {
        var entries: [Entry] = []
        let charge: MemoryCharge?
        var bytes = 0 { didSet { count() } }
        var saidBytes = 0 { didSet { count() } }
        var chatBytes = 0
        var lostChat = 0
        var participants: [String: Participant] = [:]
        var addresses: [UInt64: Account] = [:]
        var tracks: [UInt32: Track] = [:]
        var isClosed = false
        /// When came what was taken out and is being handled.
        var handled: MonotonicTime?
        /// How the recorder was woken since it last took something.
        var woken = Wake.no

        /// In grains, so that a packet rarely costs more than a comparison.
        private func count() { charge?.set(bytes + saidBytes) }

        /// What is to be done to wake the recorder, which is once enough.
        mutating func wake(_ wake: Wake) -> Wake {
            guard wake.rawValue > woken.rawValue else { return .no }
            woken = wake
            return wake
        }
    }

    private let capacity: Int
    /// Bytes of what is no packet.
    private let room: Int
    private let memory: MemoryBudget?
    private let state: Mutex<State>
    /// What even an empty event takes of memory.
    private static let overhead = 128
    private static let smallestRoom = 1 << 20

    /// An inbox that holds `capacity` bytes of packets, and an eighth of that, or 1 MiB, of everything else.
    /// - Parameter memory: in which it is counted, and which may have no room for more packets.
    init(capacity: Int, memory: MemoryBudget? = nil) {
        self.capacity = capacity
        self.memory = memory
        state = Mutex(State(charge: memory.map { MemoryCharge(.recorder, budget: $0) }))
        room = max(Self.smallestRoom, capacity / 8)
    }

    // MARK: who writes

    /// Somebody came. `address` tells apart where people come from.
    func joined(_ participant: String, name: String, address: UInt64?, at now: MonotonicTime) -> Wake {
        state.withLock { state in
            guard !state.isClosed, state.participants[participant] == nil else { return .no }
            var shared: Account?
            if let address {
                let account = state.addresses[address] ?? Account(limit: capacity / 4 * 3)
                account.owners += 1
                state.addresses[address] = account
                shared = account
            }
            state.participants[participant] = Participant(
                name: name, address: address, account: Account(limit: capacity / 2, address: shared),
                isKnown: false)
            return introduce(participant, &state, now) ? state.wake(.now) : .no
        }
    }

    /// Somebody left.
    func left(_ participant: String, reason: String, at now: MonotonicTime) -> Wake {
        state.withLock { state in
            guard !state.isClosed, let known = state.participants.removeValue(forKey: participant) else {
                return .no
            }
            if let address = known.address, let account = state.addresses[address] {
                account.owners -= 1
                if account.owners == 0 { state.addresses[address] = nil }
            }
            guard known.isKnown else { return .no }
            state.entries.append(
                Entry(event: .left(participant: participant, reason: reason), arrival: now, cost: .free))
            return state.wake(.now)
        }
    }

    /// A track begins.
    func trackAdded(
        _ id: UInt32, participant: String, _ description: TrackDescription, at now: MonotonicTime
    ) -> Wake {
        state.withLock { state in
            guard !state.isClosed, state.tracks[id] == nil else { return .no }
            let account = state.participants[participant]?.account ?? Account(limit: capacity / 2)
            let track = Track(of: participant, description, account)
            state.tracks[id] = track
            return introduce(id, track, &state, now) ? state.wake(.now) : .no
        }
    }

    /// A track has ended.
    func trackRemoved(_ id: UInt32, at now: MonotonicTime) -> Wake {
        state.withLock { state in
            guard !state.isClosed, let track = state.tracks[id] else { return .no }
            reportMissing(id, track, &state, now)
            state.tracks[id] = nil
            guard track.isKnown else { return .no }
            state.entries.append(Entry(event: .trackRemoved(id), arrival: now, cost: .free))
            return state.wake(.now)
        }
    }

    /// One packet of a track.
    func packet(_ id: UInt32, _ packet: Packet, sequence: UInt32?, at now: MonotonicTime) -> Wake {
        state.withLock { state in
            guard !state.isClosed, let track = state.tracks[id] else { return .no }
            if track.missing > 0, !packet.isKeyframe {
                track.missing &+= 1
                return .no
            }
            let size = packet.payload.count + Self.overhead
            let account = track.account
            guard track.isKnown || introduce(id, track, &state, now),
                state.bytes + size <= capacity || state.bytes == 0, account.hasRoom(size),
                state.bytes == 0 || memory?.hasRoom(for: .recorder) != false
            else {
                track.missing &+= 1
                return .no
            }
            reportMissing(id, track, &state, now)
            if let clock = track.clock {
                track.clock = nil
                _ = say(.clock(id, pts: clock.pts, serverTime: clock.serverTime), 0, &state, now)
            }
            account.add(size)
            state.bytes += size
            state.entries.append(
                Entry(
                    event: .packet(id, packet, sequence: sequence), arrival: now,
                    cost: .packet(size, account)))
            return state.wake(state.bytes > capacity / 2 ? .now : .later)
        }
    }

    /// A track's clock.
    func clock(_ id: UInt32, pts: Int64, serverTime: Int64, at now: MonotonicTime) -> Wake {
        state.withLock { state in
            guard !state.isClosed, let track = state.tracks[id] else { return .no }
            if track.isKnown,
                say(.clock(id, pts: pts, serverTime: serverTime), 0, &state, now)
            {
                return state.wake(.later)
            }
            track.clock = (pts, serverTime)
            return .no
        }
    }

    /// A line of chat.
    func chat(
        participant: String, name: String, text: String, wall: Int64, at now: MonotonicTime
    ) -> Wake {
        state.withLock { state in
            guard !state.isClosed else { return .no }
            let size = participant.utf8.count + name.utf8.count + text.utf8.count + Self.overhead
            guard state.chatBytes + size <= room / 2, state.saidBytes + size <= room else {
                state.lostChat &+= 1
                return .no
            }
            if state.lostChat > 0 {
                state.entries.append(
                    Entry(event: .chatLost(lines: state.lostChat), arrival: now, cost: .free))
                state.lostChat = 0
            }
            state.chatBytes += size
            state.saidBytes += size
            state.entries.append(
                Entry(
                    event: .chat(participant: participant, name: name, text: text, wall: wall), arrival: now,
                    cost: .said(size, isChat: true)))
            return state.wake(.now)
        }
    }

    /// Anything else that is said of somebody.
    /// - Returns: `nil` where there is no room for it.
    func say(_ event: MeetingRecorder.Event, bytes: Int, at now: MonotonicTime) -> Wake? {
        state.withLock { state in
            guard !state.isClosed else { return .no }
            return say(event, bytes, &state, now) ? state.wake(.now) : nil
        }
    }

    /// Nothing comes any more. What is there is still read.
    func close(at now: MonotonicTime) {
        state.withLock { state in
            for (id, track) in state.tracks.sorted(by: { $0.key < $1.key }) {
                reportMissing(id, track, &state, now)
            }
            if state.lostChat > 0 {
                state.entries.append(
                    Entry(event: .chatLost(lines: state.lostChat), arrival: now, cost: .free))
            }
            state.isClosed = true
        }
    }

    // MARK: who reads

    /// Swaps what waits for `batch`, which is empty.
    /// - Returns: `true` where it was closed, and nothing is left.
    func take(_ batch: inout [Entry]) -> Bool {
        state.withLock { state in
            swap(&state.entries, &batch)
            state.woken = .no
            state.handled = batch.first?.arrival
            return state.isClosed && batch.isEmpty
        }
    }

    /// Entries are handled, and what they kept is let go.
    /// - Parameter next: when came the next that is not, of those that were taken.
    func release(_ entries: ArraySlice<Entry>, next: MonotonicTime?) {
        state.withLock { state in
            state.handled = next
            for entry in entries {
                switch entry.cost {
                case .packet(let bytes, let account):
                    account.add(-bytes)
                    state.bytes -= bytes
                case .said(let bytes, let isChat):
                    state.saidBytes -= bytes
                    if isChat { state.chatBytes -= bytes }
                case .free: break
                }
            }
        }
    }

    /// When came the oldest of what is not handled; `nil` where there is none.
    var oldest: MonotonicTime? { state.withLock { $0.handled ?? $0.entries.first?.arrival } }

    /// Whether nothing comes any more. What came before may still wait.
    var isClosed: Bool { state.withLock { $0.isClosed } }

    /// Bytes that wait, of everything.
    var bytes: Int { state.withLock { $0.bytes + $0.saidBytes } }

    // MARK: while it is locked

    private func say(
        _ event: MeetingRecorder.Event, _ bytes: Int, _ state: inout State, _ now: MonotonicTime
    ) -> Bool {
        let size = bytes + Self.overhead
        guard state.saidBytes + size <= room else { return false }
        state.saidBytes += size
        state.entries.append(Entry(event: event, arrival: now, cost: .said(size, isChat: false)))
        return true
    }

    /// Tells the recorder of a participant, where there is room.
    private func introduce(_ id: String, _ state: inout State, _ now: MonotonicTime) -> Bool {
        guard let participant = state.participants[id], !participant.isKnown else { return true }
        let event = MeetingRecorder.Event.joined(
            participant: id, name: participant.name, address: participant.address)
        guard say(event, id.utf8.count + participant.name.utf8.count, &state, now) else { return false }
        state.participants[id]?.isKnown = true
        return true
    }

    /// Tells the recorder of a track, and whose it is.
    private func introduce(
        _ id: UInt32, _ track: Track, _ state: inout State, _ now: MonotonicTime
    ) -> Bool {
        guard introduce(track.participant, &state, now) else { return false }
        let event = MeetingRecorder.Event.trackAdded(
            id, participant: track.participant, track.description)
        let size = track.description.codecConfiguration.count + track.description.source.utf8.count
        guard say(event, size, &state, now) else { return false }
        track.isKnown = true
        return true
    }

    /// Says how many packets of a track found no room since the last that did, if any.
    private func reportMissing(_ id: UInt32, _ track: Track, _ state: inout State, _ now: MonotonicTime) {
        let missing = track.missing
        track.missing = 0
        guard missing > 0, track.isKnown else { return }
        // One at most for each packet that found room, and for each track that ends.
        state.entries.append(Entry(event: .overflowed(id, packets: missing), arrival: now, cost: .free))
    }
}
