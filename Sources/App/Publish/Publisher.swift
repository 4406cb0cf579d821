import Client
import Logging
import Media
import NIOCore
import Wire

/// One participant's tracks: opens their sources before the room is entered, publishes them, and ends them in order.
final class Publisher: Sendable {
    private let context: PublishContext
    private let settings: PublishSettings
    /// Sound first: whoever answers by the first track has both.
    private let handshakes: [(kind: MediaKind, handshake: TrackHandshake)]

    /// - Parameters:
    ///   - own: what the person sees of what is sent.
    ///   - isMeeting: whether a meeting goes on where there is nothing to send.
    init(
        settings: PublishSettings, termination: Termination, switches: SendSwitches, own: OwnView? = nil,
        isMeeting: Bool = false, logger: Logger, clock: MediaClock = .system
    ) {
        self.settings = settings
        context = PublishContext(
            termination: termination, switches: switches, own: own, isMeeting: isMeeting, logger: logger,
            clock: clock)
        var handshakes: [(MediaKind, TrackHandshake)] = []
        if settings.audio != .none { handshakes.append((.audio, TrackHandshake())) }
        if settings.video != .none { handshakes.append((.video, TrackHandshake())) }
        self.handshakes = handshakes
    }

    /// What was sent, for people.
    var summary: String { context.counters.summary }

    /// Sources that are open, and what they have to send.
    struct Prepared: Sendable {
        fileprivate let threads: [BlockingThread]
        fileprivate let offers: [(handshake: TrackHandshake, event: TrackHandshake.Event)]
        /// What there is, or may come.
        let kinds: Set<MediaKind>
    }

    /// Opens everything. Nobody is told before all of it works.
    /// - Throws: what the first source that failed says; everything is closed again then.
    func prepare() async throws -> Prepared {
        let threads = start()
        do {
            var kinds: Set<MediaKind> = []
            var offers: [(TrackHandshake, TrackHandshake.Event)] = []
            for (kind, handshake) in handshakes {
                guard let event = try await handshake.next() else { continue }
                kinds.insert(kind)
                offers.append((handshake, event))
            }
            return Prepared(threads: threads, offers: offers, kinds: kinds)
        } catch {
            await stop(threads)
            throw error
        }
    }

    /// Publishes until the sources end or termination is requested. Everything that was captured is handed to the
    /// connection when it returns.
    /// - Throws: the error of the first source that failed.
    func run(_ prepared: Prepared, _ connection: Connection) async throws {
        let keyframes = context.keyframes
        let session = PublishSession(connection: connection) { keyframes.request($0) }
        context.link.connect(session, origin: context.clock.now())
        do {
            try await publish(prepared, session)
            try await follow(session)
        } catch {
            await stop(prepared)
            throw error
        }
        await stop(prepared)
    }

    /// Closes all sources.
    func stop(_ prepared: Prepared) async { await stop(prepared.threads) }

    private func start() -> [BlockingThread] {
        if let file = settings.preparedFile {
            let wanted = Dictionary(uniqueKeysWithValues: handshakes.map { ($0.kind, $0.handshake) })
            return [FilePipeline.start(file, settings, context, wanted)].compactMap { $0 }
        }
        return handshakes.compactMap { kind, handshake in
            switch kind {
            case .video: VideoPipeline.start(settings, context, handshake)
            case .audio: AudioPipeline.start(settings, context, handshake)
            }
        }
    }

    /// Publishes all that is there, then lets it be sent: sound and pictures begin together.
    private func publish(_ prepared: Prepared, _ session: PublishSession) async throws {
        var ready: [(TrackHandshake, TrackHandshake.Numbers)] = []
        for (handshake, event) in prepared.offers {
            if case .offer(let offer) = event {
                ready.append((handshake, try await publish(offer, session)))
            }
        }
        for (handshake, numbers) in ready { handshake.begin(numbers) }
    }

    private func publish(
        _ offer: TrackHandshake.Offer, _ session: PublishSession
    ) async throws -> TrackHandshake.Numbers {
        let track = try await session.publish(offer.description, origin: context.origin)
        guard let layer = offer.layer else { return .init(track: track) }
        do {
            return .init(track: track, layer: try await session.publish(layer: layer, of: track))
        } catch {
            guard error == .noLayers else { throw error }
            context.logger.warning("the server takes no second size; sending the full one alone")
            return .init(track: track)
        }
    }

    /// Publishes what is offered later. Returns when all sources have ended.
    /// - Throws: the first error, at once: the others are still running then.
    private func follow(_ session: PublishSession) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (_, handshake) in handshakes {
                group.addTask {
                    while let event = try await handshake.next() {
                        guard case .offer(let offer) = event else { continue }
                        handshake.begin(try await self.publish(offer, session))
                    }
                }
            }
            for try await _ in group {}
        }
    }

    private func stop(_ threads: [BlockingThread]) async {
        context.termination.stopSignal.stop()
        for (_, handshake) in handshakes { handshake.cancel() }
        for thread in threads { await thread.wait() }
    }
}
