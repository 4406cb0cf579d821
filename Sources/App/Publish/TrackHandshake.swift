import Media
import Wire

/// How a thread that captures and the session that publishes agree: the thread says what it has, the session says
/// under which number it may send, and what the thread's end was.
final class TrackHandshake: Sendable {
    private let descriptions: AsyncThrowingStream<TrackDescription, any Error>
    private let announcement: AsyncThrowingStream<TrackDescription, any Error>.Continuation
    private let start = Mailbox<TrackID>(capacity: 1)
    private let ends: AsyncStream<Void>

    private let end: AsyncStream<Void>.Continuation

    init() {
        (descriptions, announcement) = AsyncThrowingStream.makeStream(bufferingPolicy: .bufferingOldest(1))
        (ends, end) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(1))
    }

    // MARK: the thread's side

    /// Says what the track will be, and waits until it may be sent. `nil`: it shall not be.
    func announce(_ description: TrackDescription) -> TrackID? {
        announcement.yield(description)
        guard case .item(let track) = start.next() else { return nil }
        return track
    }

    /// Says that nothing more comes; `error` where that was not wanted.
    func finish(_ error: (any Error)?) {
        announcement.finish(throwing: error)
        end.finish()
    }

    // MARK: the session's side

    /// What the track will be; `nil` where the source ended before it had one.
    func description() async throws -> TrackDescription? {
        for try await description in descriptions { return description }
        return nil
    }

    /// Lets the thread send.
    func begin(_ track: TrackID) { start.put(track) }

    /// Ends the thread's wait where nothing shall be sent.
    func cancel() { start.close() }

    /// Returns when the thread has said that nothing more comes.
    /// - Throws: the error that ended it.
    func waitForEnd() async throws {
        for await _ in ends {}
        for try await _ in descriptions {}
    }
}
