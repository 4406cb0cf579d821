import Media
import NIOCore
import Wire

/// Ends that are not the client's doing, and what is not held against it.
extension ConnectionHandler {
    /// Ends the session because the server ends, with `count` others.
    func end(_ ending: RelayEnding, of count: Int) {
        loop.preconditionInEventLoop()
        perform(session.handle(.end(reason: ending.reason, retryAfter: ending.retryAfter(of: count))))
    }

    /// Ends the session when everything has been read that has come: what a client sent before its connection broke is
    /// relayed, also where this server has only now time for it.
    func endWhenRead(reason: String) {
        loop.preconditionInEventLoop()
        let deadline = relay.clock.now() + Self.lastReading
        func review() {
            guard !session.isClosed else { return }
            guard output.hasInput, relay.clock.now() < deadline else { return end(reason: reason) }
            loop.assumeIsolated().scheduleTask(in: Self.readingPause) { review() }
        }
        review()
    }

    /// How long a session that is to end may go on reading what has come already, in nanoseconds.
    private static let lastReading: Int64 = 2_000_000_000
    private static let readingPause = TimeAmount.milliseconds(1)

    /// The server stood still for so many nanoseconds: no client is to blame for what did not happen meanwhile, nor for what
    /// comes at once now.
    func excuse(_ nanoseconds: Int64) {
        loop.preconditionInEventLoop()
        let now = relay.clock.now()
        opened = min(now, opened + nanoseconds)
        lastFrame = min(now, lastFrame + nanoseconds)
        output.excuse(nanoseconds, now: now)
        input.excuse(nanoseconds, now: now)
        session.excuse(nanoseconds)
    }
}
