import Media
import Wire

/// How a thread that captures and the session that publishes agree: the thread says what it has, the session says
/// under which number it may send, and what the thread's end was.
final class TrackHandshake: Sendable {
    /// What a thread has to send.
    struct Offer: Sendable {
        let description: TrackDescription
        /// A smaller version of the same pictures.
        var layer: TrackDescription?
    }

    /// The numbers under which it may send.
    struct Numbers: Sendable {
        let track: TrackID
        /// `nil` where the server takes no layers.
        var layer: TrackID?
    }

    private let descriptions: AsyncThrowingStream<Offer, any Error>
    private let announcement: AsyncThrowingStream<Offer, any Error>.Continuation
    private let start = Mailbox<Numbers>(capacity: 1)
    private let ends: AsyncStream<Void>

    private let end: AsyncStream<Void>.Continuation

    init() {
        (descriptions, announcement) = AsyncThrowingStream.makeStream(bufferingPolicy: .bufferingOldest(1))
        (ends, end) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(1))
    }

    /// Runs a source on a thread of its own, and tells all of `handshakes` its end: also that the system had no thread left.
    /// - Returns: the thread, where there is one.
    static func start(
        _ name: String, _ handshakes: [TrackHandshake], _ body: @escaping @Sendable () throws -> Void
    ) -> BlockingThread? {
        do {
            return try BlockingThread(name) {
                var failure: (any Error)?
                do { try body() } catch { failure = error }
                for handshake in handshakes { handshake.finish(failure) }
            }
        } catch {
            for handshake in handshakes { handshake.finish(error) }
            return nil
        }
    }

    // MARK: the thread's side

    /// Says what the track will be, and waits until it may be sent. `nil`: it shall not be.
    func announce(_ description: TrackDescription) -> TrackID? {
        announce(Offer(description: description))?.track
    }

    /// The same for a track that may have a layer.
    func announce(_ offer: Offer) -> Numbers? {
        announcement.yield(offer)
        guard case .item(let numbers) = start.next() else { return nil }
        return numbers
    }

    /// Says that nothing more comes; `error` where that was not wanted.
    func finish(_ error: (any Error)?) {
        announcement.finish(throwing: error)
        end.finish()
    }

    // MARK: the session's side

    /// What the track will be; `nil` where the source ended before it had one.
    func offer() async throws -> Offer? {
        for try await offer in descriptions { return offer }
        return nil
    }

    /// Lets the thread send.
    func begin(_ numbers: Numbers) { start.put(numbers) }

    /// Ends the thread's wait where nothing shall be sent.
    func cancel() { start.close() }

    /// Returns when the thread has said that nothing more comes.
    /// - Throws: the error that ended it.
    func waitForEnd() async throws {
        for await _ in ends {}
        for try await _ in descriptions {}
    }
}
