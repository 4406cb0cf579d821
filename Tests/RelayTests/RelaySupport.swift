import Client
import LibAV
import Logging
import Media
import NIOCore
import NIOPosix
import Relay
import Synchronization
import Testing
import Wire

/// A relay on loopback, with a port of its own.
struct TestRelay {
    static let group = MultiThreadedEventLoopGroup(numberOfThreads: 3)
    static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    static let name = "room"

    let server: RelayServer
    let port: Int

    /// - Parameter key: of the secrets with which participants come back.
    init(
        taps: (any RoomTapFactory)? = nil, clock: MediaClock = .system, logger: Logger = Self.logger,
        key: [UInt8] = [], _ change: (inout RelayConfiguration) -> Void = { _ in }
    ) async throws {
        var configuration = RelayConfiguration()
        configuration.host = "127.0.0.1"
        configuration.port = 0
        change(&configuration)
        let authentication = try MessageAuthentication(key: key)
        server = RelayServer(
            configuration: configuration, eventLoopGroup: Self.group, taps: taps, logger: logger,
            clock: clock, authenticate: { try? authentication.code(of: $0) })
        port = try #require(try await server.start().port)
    }

    var url: ConveneURL { get throws { try ConveneURL("convene://127.0.0.1:\(port)/\(Self.name)") } }

    func connect(_ name: String) async throws -> Connection {
        try await Connection.connect(to: url, name: name, eventLoopGroup: Self.group, logger: Self.logger)
    }

    /// Somebody who receives everything from now on.
    func viewer(_ name: String) async throws -> (recorder: Recorder, session: SubscribeSession) {
        let recorder = Recorder()
        let connection = try await connect(name)
        let session = SubscribeSession(connection: connection, handler: recorder)
        await recorder.settle(connection)
        return (recorder, session)
    }

    /// Somebody who asks for everything, and reads when the test says so.
    func subscriber(
        _ name: String, receiveBuffer: Int32? = nil, maximumHeight: Int? = nil
    ) throws -> RawSocket {
        let socket = try RawSocket(port: port, receiveBuffer: receiveBuffer)
        try socket.join(name)
        socket.send(.subscribe(tracks: nil, maximumHeight: maximumHeight))
        return socket
    }

    /// Runs `body` with a server that is shut down afterwards.
    static func run(
        taps: (any RoomTapFactory)? = nil, clock: MediaClock = .system, logger: Logger = Self.logger,
        key: [UInt8] = [], _ change: (inout RelayConfiguration) -> Void = { _ in },
        _ body: (TestRelay) async throws -> Void
    ) async throws {
        let relay = try await TestRelay(taps: taps, clock: clock, logger: logger, key: key, change)
        do { try await body(relay) } catch {
            await relay.server.shutdown()
            throw error
        }
        await relay.server.shutdown()
    }
}

/// Values that come from other threads, and waiting for them without polling.
final class Log<Element: Sendable>: Sendable {
    private struct Waiter {
        let isDone: @Sendable ([Element]) -> Bool
        let continuation: CheckedContinuation<Void, Never>
    }

    private struct State {
        var elements: [Element] = []
        var waiters: [Waiter] = []
    }

    private let state = Mutex(State())

    var elements: [Element] { state.withLock { $0.elements } }

    func append(_ element: Element) {
        let ready: [Waiter] = state.withLock { state in
            state.elements.append(element)
            let elements = state.elements
            let ready = state.waiters.filter { $0.isDone(elements) }
            state.waiters.removeAll { $0.isDone(elements) }
            return ready
        }
        for waiter in ready { waiter.continuation.resume() }
    }

    /// Returns as soon as `isDone` is true of everything so far. The suite's time limit ends it otherwise.
    func wait(until isDone: @escaping @Sendable ([Element]) -> Bool) async {
        await withCheckedContinuation { continuation in
            let isReady = state.withLock { state in
                if isDone(state.elements) { return true }
                state.waiters.append(Waiter(isDone: isDone, continuation: continuation))
                return false
            }
            if isReady { continuation.resume() }
        }
    }
}

/// A subscriber that keeps what it gets.
struct Recorder: SubscribeHandler {
    struct Received: Sendable {
        let track: TrackID
        let packet: Packet
    }

    let packets = Log<Received>()
    let events = Log<RoomEvent>()

    func received(_ packet: Packet, on track: TrackID) {
        packets.append(Received(track: track, packet: packet))
    }
    func handle(_ event: RoomEvent) { events.append(event) }

    /// The DTS of the packets of `track`.
    func times(of track: TrackID) -> [Int64] {
        packets.elements.filter { $0.track == track }.map(\.packet.dts)
    }

    func wait(forPacketAt dts: Int64) async {
        await packets.wait { $0.last { $0.packet.dts >= dts } != nil }
    }

    /// Returns when the server has done everything that `connection` asked for so far.
    func settle(_ connection: Connection) async {
        let text = "settled \(events.elements.count)"
        connection.chat(text)
        await events.wait { events in
            events.contains { if case .chat(let message) = $0 { message.text == text } else { false } }
        }
    }

    func wait(forTracks count: Int) async {
        await events.wait { $0.count { if case .trackAdded = $0 { true } else { false } } >= count }
    }
}

/// A tap that writes down the order of its calls.
struct RecordingTap: RoomTap, RoomTapFactory {
    let calls = Log<String>()
    let controls = Log<RoomControl>()
    let addresses = Log<UInt64?>()
    var past: RoomPast?

    func makeTap(room: String, meeting: UInt64, control: RoomControl) -> (any RoomTap)? {
        control.setRecording(.recording, reason: nil)
        controls.append(control)
        calls.append("make \(room)")
        return self
    }
    func joined(participant: String, name: String, address: UInt64?, time: MonotonicTime) {
        addresses.append(address)
        calls.append("joined \(participant)")
    }
    func left(participant: String, reason: String) { calls.append("left \(participant) \(reason)") }
    func away(participant: String, time: MonotonicTime) { calls.append("away \(participant)") }
    func returned(participant: String, time: MonotonicTime) { calls.append("returned \(participant)") }
    func trackAdded(_ track: TrackID, participant: String, description: TrackDescription) {
        calls.append("trackAdded \(track) \(participant)")
    }
    func packet(_ track: TrackID, _ packet: Packet, sequence: UInt32) {
        calls.append("packet \(track) \(packet.dts)")
    }
    func trackRemoved(_ track: TrackID) { calls.append("trackRemoved \(track)") }
    func clock(_ track: TrackID, pts: Int64, serverTime: Int64) { calls.append("clock \(track)") }
    func chat(participant: String, name: String, text: String, time: Int64) { calls.append("chat \(text)") }
    func record(_ action: RecordingAction, participant: String, name: String) {
        calls.append("record \(action) \(participant) \(name)")
    }
    func closed() { calls.append("closed") }
}

let videoDescription = TrackDescription(
    codec: .h264, timeBase: .video, format: .video(.init(width: 640, height: 360, frameRate: 30)),
    source: "camera")
/// The smaller size of ``videoDescription``.
let smallDescription = TrackDescription(
    codec: .h264, timeBase: .video, format: .video(.init(width: 320, height: 180, frameRate: 30)),
    source: "camera")
let opusDescription = TrackDescription(
    codec: .opus, timeBase: .opus, format: .audio(.init(sampleRate: 48_000, channels: 1)), source: "camera")

/// A packet at tick `dts`, its payload filled with a byte that depends on the time.
func packet(_ dts: Int64, key: Bool = false, size: Int = 1000) -> Packet {
    Packet(
        pts: dts, dts: dts, duration: 1, flags: key ? .keyframe : [],
        payload: [UInt8](repeating: UInt8(truncatingIfNeeded: dts), count: size))
}
