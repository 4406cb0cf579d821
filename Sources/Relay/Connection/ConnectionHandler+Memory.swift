import Media
import Wire

/// What a connection keeps in memory, and how it gives that up.
extension ConnectionHandler {
    /// Looks after what has come of a frame that is not complete. Called every second or so.
    func reviewInput(now: MonotonicTime) {
        if session.isClosed { decoder = FrameDecoder() }
        if now - lastFrame > Self.quiet { decoder.compact() }
        _ = input.note(memory: decoder.memory)
        if let error = input.review(bytes: decoder.bufferedBytes, now: now), !output.hasInput {
            perform(session.handle(.undecodable(error)))
        }
    }

    /// Nanoseconds without a frame after which a receive buffer is given back.
    private static let quiet: Int64 = 500_000_000

    /// Bytes that wait for this client.
    var waitingBytes: Int { output.queue.map { $0.mediaBytes + $0.controlBytes } ?? 0 }
    /// Bytes of memory that an unfinished frame takes.
    var inputMemory: Int { input.memory }
    /// Of its room on this loop.
    var shardID: ObjectIdentifier? { shard.map { ObjectIdentifier($0) } }

    /// Drops the media that waits for this client; ends the session where messages take the memory.
    func shedQueue() {
        output.dropMedia()
        flushOutput(now: relay.clock.now())
        if waitingBytes > Self.shedControlBytes, !session.isClosed { cutOff() }
    }

    /// Ends the session if an unfinished frame takes memory.
    func shedInput() {
        if inputMemory > 0 { perform(session.handle(.undecodable(RelayContext.memoryShort))) }
        reviewInput(now: relay.clock.now())
    }

    /// Gives up what has come and what waits, when the connection has ended. The room holds this handler for as long as it
    /// keeps the participant's place, which may be long.
    func discardBuffers() {
        decoder = FrameDecoder()
        _ = input.note(memory: 0)
        output.discard()
    }

    /// Bytes of messages that a client may keep waiting where memory is short.
    private static let shedControlBytes = 65_536
}
