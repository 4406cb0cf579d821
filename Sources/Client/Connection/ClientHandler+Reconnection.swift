import Logging
import Media
import NIOCore
import Wire

/// A connection that broke and is being made again.
struct Outage {
    /// Why it broke.
    let reason: CloseReason
    /// When it is given up.
    let deadline: MonotonicTime
    /// Attempts so far.
    var attempts = 0
    /// The next attempt, or what ends the present one.
    var timer: Scheduled<Void>?
    /// What the server said; it has told who is there when its first `pong` comes.
    var welcome: Welcome?
}

/// Leads from a client's queue to its handler, which makes it.
final class Link: @unchecked Sendable {
    // SAFETY: written once before the connection begins, read on the event loop afterwards.
    weak var handler: ClientHandler?
}

extension ClientHandler {
    /// Nanoseconds that a connection had to hold until it ended for this reason; one that held for less long is not taken for a
    /// success: attempts and deadline go on.
    private static func trial(before reason: CloseReason) -> Int64 {
        switch reason {
        // It says itself that it comes back, however often.
        case .server("restarting"): 0
        // Whoever has read too slowly will do so again in a moment.
        case .server("slow_consumer"): 10_000_000_000
        default: 1_000_000_000
        }
    }
    /// Milliseconds from the end of one attempt to the next: soon at first, because most breaks are short, and often as long as
    /// a server that is started again may take.
    private static let pauses: [Int64] = [50, 100] + [Int64](repeating: 200, count: 25) + [500, 1000, 2000]
    /// Refusals that may be over a moment later.
    private static let passing: Set<String> = [
        "server_full", "room_full", "idle_timeout", "hello_timeout", "too_many_connections", "too_many_rooms",
    ]
    /// Milliseconds beyond which nobody waits because a server says so.
    private static let longestRetry: Int64 = 10_000

    /// Whether it is worth trying again.
    func canReconnect(after reason: CloseReason) -> Bool {
        guard configuration.reconnectTimeoutInSeconds > 0, connector != nil else { return false }
        switch reason {
        case .finished, .excessive: return false
        case .lost, .server("slow_consumer"), .server("restarting"): return true
        case .server: return false
        case .refused(let code, _): return Self.passing.contains(code)
        }
    }

    /// Makes the connection again, now or after a pause.
    func reconnect(after reason: CloseReason) {
        loop.preconditionInEventLoop()
        if outage == nil {
            let deadline = clock.now() + Int64(configuration.reconnectTimeoutInSeconds * 1e9)
            let isNew = restored.map { clock.now() - $0.time > Self.trial(before: reason) } ?? true
            outage = isNew ? Outage(reason: reason, deadline: deadline) : restored?.outage
            outbound.suspend()
            logger.warning("the connection broke; making it again", metadata: ["reason": "\(reason)"])
            subscriber?.handle(.interrupted(reason))
        }
        guard let outage, clock.now() < outage.deadline else {
            return conclude(self.outage?.reason ?? reason)
        }
        self.outage?.welcome = nil
        self.outage?.timer?.cancel()
        let usual = Self.pauses[min(outage.attempts, Self.pauses.count - 1)]
        // Not in step with all the others who have lost the same server.
        let varied = usual * Int64.random(in: 80...120) / 100
        let pause = max(varied, min(retryAfter ?? 0, Self.longestRetry))
        retryAfter = nil
        self.outage?.attempts += 1
        self.outage?.timer = loop.scheduleTask(in: .milliseconds(pause)) { self.attempt() }
    }

    private func attempt() {
        guard outage != nil, let connector else { return }
        decoder = FrameDecoder()
        let seconds = configuration.connectTimeoutInSeconds
        outage?.timer = loop.scheduleTask(in: .nanoseconds(Int64(seconds * 1e9))) {
            guard let context = self.context else { return self.reconnect(after: .lost("nobody answered")) }
            context.close(promise: nil)
        }
        connector(self).whenFailure { error in
            guard self.outage != nil, self.context == nil else { return }
            self.reconnect(after: .lost(NetworkError.text(error)))
        }
    }

    /// The server let us in again.
    func readmitted(_ welcome: Welcome) {
        guard outage != nil else { return }
        outage?.welcome = welcome
        roster.expectAll()
        layers.expectAll()
        guard welcome.resumption?.tracks == nil else { return }
        // Another server, or the same after a restart, has another clock and other numbers.
        state.forgetClock()
        excluded = []
        maximumHeights = [:]
        layers = ReceivedLayers()
        sequences = [:]
        for id in published.keys {
            published[id]?.number = nil
            outbound.forgetNumber(of: id)
        }
    }

    /// The server has told who is there, and its clock is known: goes on where the connection broke.
    func restore() {
        guard let outage, let welcome = outage.welcome else { return }
        outage.timer?.cancel()
        self.outage = nil
        restored = (outage, clock.now())
        for event in roster.forgetStale() {
            if case .trackRemoved(let track) = event { sequences[track.id] = nil }
            tell(event)
        }
        outbound.resume()
        restoreSubscriptions()
        restoreTracks(kept: Set(welcome.resumption?.tracks ?? []))
        logger.notice(
            "the connection is made again", metadata: ["attempts": "\(outage.attempts)"])
        subscriber?.handle(.restored)
    }

    /// Goes on with the tracks that the server kept, offers the others again, and ends those that nobody has any more.
    private func restoreTracks(kept: Set<TrackID>) {
        // Tracks that were being offered again are in `published` too.
        pending = pending.filter { $0.value.existing == nil }
        let unanswered = pending.sorted { $0.key < $1.key }
        for number in kept.subtracting(published.values.compactMap(\.number)).sorted() {
            outbound.send(.unpublish(track: number))
        }
        for (id, track) in published.sorted(by: { $0.key < $1.key }) {
            if let number = track.number, kept.contains(number) {
                sendClock(track)
                outbound.open(id, track.description, number: number, top: track.top)
                onKeyframeRequest?(id)
            } else {
                offer(
                    Pending(
                        description: track.description, origin: track.origin, promise: nil, existing: id,
                        top: track.top))
            }
        }
        for (ref, track) in unanswered {
            sendOffer(ref, track)
            limitWait(for: ref)
        }
    }

    /// Ends a connection that is being made again: its owner wants to leave.
    func giveUp() {
        outage?.timer?.cancel()
        conclude(.finished)
        // Where the server has just let us in, it shall not keep the place.
        guard let channel = context?.channel else { return }
        channel.writeAndFlush(ClientMessage.bye(reason: nil).encoded()).whenComplete { _ in
            channel.close(promise: nil)
        }
    }
}
