import Media
import NIOCore
import Synchronization
import Wire

/// What this client sends: a bounded queue that every thread may fill and the event loop empties.
final class Outbound: Sendable {
    private struct Track {
        let kind: MediaKind
        let maximumOffset: Int64
        /// The track of which it is a smaller version.
        let top: TrackID?
        /// The number that the server knows it by; `nil` while it does not.
        var number: TrackID?
        var isMuted = false
        var nextSequence: UInt32 = 0
        var lastDTS: Int64?
        var counters = PublishStatistics.Track()
    }

    private struct State {
        var queue: SendQueue
        var tracks: [TrackID: Track] = [:]
        var isScheduled = false
        var isClosed = false
        var hasDropped = false
        /// The connection is broken: packets are dropped, chat is kept.
        var isSuspended = false
        var chat: [ByteBuffer] = []
    }

    /// Lines of chat that are kept while the connection is broken, and their bytes: what the server takes at once.
    private static let maximumChat = (lines: 40, bytes: 100_000)

    private let limits: SendQueue.Limits
    private let state: Mutex<State>
    private let loop: any EventLoop
    private let clock: MediaClock
    private let drain: @Sendable () -> Void

    /// A queue that calls `drain` on `loop` when there is something to send.
    init(
        configuration: ClientConfiguration, loop: any EventLoop, clock: MediaClock,
        drain: @escaping @Sendable () -> Void
    ) {
        limits = SendQueue.Limits(
            mediaBytes: configuration.sendQueueBytes,
            age: Int64(configuration.sendQueueInMilliseconds) * 1_000_000)
        state = Mutex(State(queue: SendQueue(limits: limits)))
        self.loop = loop
        self.clock = clock
        self.drain = drain
    }

    /// Takes packets of this track from now on, or again; a video track goes on at its next keyframe.
    /// - Parameters:
    ///   - number: what the server calls it.
    ///   - top: the track of which it is a smaller version.
    func open(_ track: TrackID, _ description: TrackDescription, number: TrackID, top: TrackID? = nil) {
        let seconds = Int64(WireLimits.maximumReorderingInSeconds)
        let offset = TimeBase.microseconds.rescale(seconds * 1_000_000, to: description.timeBase)
        let wasMuted: Bool? = state.withLock { state in
            // Its track was unpublished meanwhile.
            if let top, state.tracks[top] == nil { return nil }
            state.queue.open(track, kind: description.kind)
            let new = Track(
                kind: description.kind, maximumOffset: max(1, offset), top: top, number: number)
            guard let known = state.tracks[track] else {
                state.tracks[track] = new
                return nil
            }
            state.tracks[track]?.number = number
            return known.isMuted
        }
        // What was said while the connection was broken is lost. A layer is muted with its track.
        if let wasMuted, top == nil { send(.mute(track: number, muted: wasMuted)) }
    }

    /// The server does not know the track any more, until it is opened again.
    func forgetNumber(of track: TrackID) { state.withLock { $0.tracks[track]?.number = nil } }

    /// Takes no more packets of this track, nor of its layer, and says so after those that wait.
    func unpublish(_ track: TrackID) {
        let closed = state.withLock { state in
            // The server ends a layer with its track, and the session that still sends it.
            for layer in state.tracks.filter({ $0.value.top == track }).keys {
                state.queue.close(layer)
                state.tracks[layer] = nil
            }
            state.queue.close(track)
            return state.tracks.removeValue(forKey: track)
        }
        if let number = closed?.number { send(.unpublish(track: number)) }
    }

    /// Says that a track is silent or dark on purpose, now and after a connection that was made again.
    func mute(_ track: TrackID, _ isMuted: Bool) {
        let number = state.withLock { state in
            state.tracks[track]?.isMuted = isMuted
            return state.tracks[track]?.number
        }
        if let number { send(.mute(track: number, muted: isMuted)) }
    }

    /// Sends a control message after everything that waits. While the connection is broken only chat is kept.
    func send(_ message: ClientMessage) {
        let bytes = message.encoded()
        let now = clock.now()
        schedule { state in
            guard state.isSuspended else { return state.queue.append(control: bytes, now: now) }
            let size = state.chat.reduce(bytes.readableBytes) { $0 + $1.readableBytes }
            guard case .chat = message, state.chat.count < Self.maximumChat.lines,
                size <= Self.maximumChat.bytes
            else { return }
            state.chat.append(bytes)
        }
    }

    /// The connection broke: throws away what waits, and what comes until ``resume()``.
    func suspend() {
        state.withLock { state in
            state.isSuspended = true
            state.hasDropped = false
            state.queue = SendQueue(limits: limits)
        }
    }

    /// The connection is made again. Each track needs an ``open(_:_:number:)``.
    func resume() {
        let now = clock.now()
        schedule { state in
            state.isSuspended = false
            for bytes in state.chat { state.queue.append(control: bytes, now: now) }
            state.chat = []
        }
    }

    /// Sends a packet. Each packet has its sequence number, a dropped one too, so that receivers see the gap.
    /// - Returns: whether it will be sent.
    func send(_ packet: Packet, on id: TrackID) -> Bool {
        let now = clock.now()
        return schedule { state in
            guard !state.isClosed, var track = state.tracks[id] else { return false }
            defer { state.tracks[id] = track }
            let header = MediaHeader(track: track.number ?? id, sequence: track.nextSequence, packet: packet)
            track.nextSequence &+= 1
            guard !state.isSuspended, track.number != nil, Self.isAllowed(header, packet, track),
                let bytes = Self.encode(header, packet),
                state.queue.append(id, bytes, isKeyframe: packet.isKeyframe, now: now)
            else {
                track.counters.dropped += 1
                return false
            }
            track.lastDTS = header.dts
            track.counters.sent += 1
            return true
        }
    }

    /// What goes out next. On the event loop, until it gives `nil`.
    func next() -> ByteBuffer? {
        let now = clock.now()
        return state.withLock { $0.queue.pop(now: now) }
    }

    /// Call before emptying the queue: from now on new things to send call `drain` again.
    func beginDraining() { state.withLock { $0.isScheduled = false } }

    /// Drops what exceeds the bounds. On the event loop, after the channel has taken what it takes.
    /// - Returns: tracks whose encoder should make a keyframe, because there is room again.
    func trim() -> [TrackID] {
        let now = clock.now()
        return state.withLock { state in
            for (track, count) in state.queue.trim(now: now) {
                state.tracks[track]?.counters.dropped += count
                state.tracks[track]?.counters.sent -= count
                state.hasDropped = true
            }
            guard state.hasDropped, state.queue.isEmpty else { return [] }
            state.hasDropped = false
            return state.queue.tracksInNeedOfKeyframe
        }
    }

    /// Takes nothing more.
    func close() { state.withLock { $0.isClosed = true } }

    /// Bytes of control messages waiting.
    var controlBytes: Int { state.withLock { $0.queue.controlBytes } }

    /// The counters of the open tracks.
    func statistics() -> PublishStatistics {
        state.withLock {
            PublishStatistics(tracks: $0.tracks.mapValues(\.counters), queuedBytes: $0.queue.mediaBytes)
        }
    }

    /// What the server would refuse, and close the connection for, is not sent.
    private static func isAllowed(_ header: MediaHeader, _ packet: Packet, _ track: Track) -> Bool {
        header.pts == packet.pts && (0...track.maximumOffset).contains(Int64(header.ptsOffset))
            && (-WireLimits.maximumTime...WireLimits.maximumTime).contains(header.dts)
            && track.lastDTS.map { header.dts > $0 } ?? true
    }

    private static func encode(_ header: MediaHeader, _ packet: Packet) -> ByteBuffer? {
        func encode(_ payload: some PayloadStorage) -> ByteBuffer? {
            try? FrameEncoder.media(header, payload: payload)
        }
        return encode(packet.payload)
    }

    @discardableResult
    private func schedule<Result: Sendable>(_ body: (inout State) -> Result) -> Result {
        let (result, isFirst) = state.withLock { state in
            let result = body(&state)
            defer { state.isScheduled = true }
            return (result, !state.isScheduled)
        }
        if isFirst { loop.execute(drain) }
        return result
    }
}
