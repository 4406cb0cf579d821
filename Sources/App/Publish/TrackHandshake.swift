import Media
import Wire

/// How a thread that captures and the session that publishes agree: the thread says what it has, the session says
/// under which number it may send, and what the thread's end was.
///
/// A thread may offer a track again after it has ended one: a camera was switched off and on.
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

    /// What a thread says.
    enum Event: Sendable {
        /// It has something to send, and waits for the numbers.
        case offer(Offer)
        /// It has nothing yet: the camera is switched off, or not there.
        case later
    }

    /// Events that may wait: a thread goes on after each offer only when it was answered.
    private static let capacity = 4

    private let events: AsyncThrowingStream<Event, any Error>
    private let announcement: AsyncThrowingStream<Event, any Error>.Continuation
    private let start = Mailbox<Numbers>(capacity: 1)

    init() {
        (events, announcement) = AsyncThrowingStream.makeStream(
            bufferingPolicy: .bufferingOldest(Self.capacity))
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

    /// Says what the track will be.
    func offer(_ offer: Offer) { announcement.yield(.offer(offer)) }

    /// Waits until the track that was offered may be sent. `nil`: it shall not be.
    func numbers() -> Numbers? {
        guard case .item(let numbers) = start.next() else { return nil }
        return numbers
    }

    /// Says that there is nothing to send yet. Once, before any offer.
    func postpone() { announcement.yield(.later) }

    /// Says that nothing more comes; `error` where that was not wanted.
    func finish(_ error: (any Error)?) { announcement.finish(throwing: error) }

    // MARK: the session's side

    /// What the thread says next; `nil` where it has ended.
    /// - Throws: the error that ended it.
    func next() async throws -> Event? {
        for try await event in events { return event }
        return nil
    }

    /// Lets the thread send.
    func begin(_ numbers: Numbers) { start.put(numbers) }

    /// Ends the thread's wait where nothing shall be sent.
    func cancel() { start.close() }
}
