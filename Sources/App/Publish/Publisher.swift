import Client
import Logging
import Media
import NIOCore
import Wire

/// One participant's tracks: starts their sources, publishes them, and ends them in order.
struct Publisher {
    private let context: PublishContext
    private let settings: PublishSettings
    private let connection: Connection

    init(
        connection: Connection, settings: PublishSettings, termination: Termination, logger: Logger,
        clock: MediaClock = .system
    ) {
        let keyframes = KeyframeRouter()
        self.connection = connection
        self.settings = settings
        context = PublishContext(
            session: PublishSession(connection: connection) { keyframes.request($0) }, origin: clock.now(),
            termination: termination, keyframes: keyframes, counters: PublishCounters(), logger: logger,
            clock: clock)
    }

    /// What was sent, for people.
    var summary: String { context.counters.summary }

    /// Publishes until the sources end or termination is requested. Everything that was captured is handed to the
    /// connection when it returns.
    /// - Throws: the error of the first source that failed.
    func run() async throws {
        let (threads, handshakes) = start()
        do {
            try await publish(handshakes)
            try await waitForEnd(handshakes)
        } catch {
            await stop(threads, handshakes)
            throw error
        }
        await stop(threads, handshakes)
    }

    private func start() -> ([BlockingThread], [TrackHandshake]) {
        var handshakes: [MediaKind: TrackHandshake] = [:]
        if settings.video != .none { handshakes[.video] = TrackHandshake() }
        if settings.audio != .none { handshakes[.audio] = TrackHandshake() }
        // Sound first: whoever answers by the first track has both.
        let ordered = [handshakes[.audio], handshakes[.video]].compactMap { $0 }
        if let file = settings.preparedFile {
            return ([FilePipeline.start(file, settings, context, handshakes)], ordered)
        }
        var threads: [BlockingThread] = []
        if let video = handshakes[.video] { threads.append(VideoPipeline.start(settings, context, video)) }
        if let audio = handshakes[.audio] { threads.append(AudioPipeline.start(settings, context, audio)) }
        return (threads, ordered)
    }

    /// Waits until every source knows what it has, publishes all, and lets them send.
    private func publish(_ handshakes: [TrackHandshake]) async throws {
        if settings.file != nil { return try await publishOneByOne(handshakes.reversed()) }
        var tracks: [(TrackHandshake, TrackHandshake.Offer)] = []
        for handshake in handshakes {
            if let offer = try await handshake.offer() { tracks.append((handshake, offer)) }
        }
        var ready: [(TrackHandshake, TrackHandshake.Numbers)] = []
        for (handshake, offer) in tracks { ready.append((handshake, try await publish(offer))) }
        for (handshake, numbers) in ready { handshake.begin(numbers) }
    }

    private func publish(_ offer: TrackHandshake.Offer) async throws -> TrackHandshake.Numbers {
        let track = try await context.session.publish(offer.description, origin: context.origin)
        guard let layer = offer.layer else { return .init(track: track) }
        do {
            return .init(track: track, layer: try await context.session.publish(layer: layer, of: track))
        } catch {
            guard error == .noLayers else { throw error }
            context.logger.warning("the server takes no second size; sending the full one alone")
            return .init(track: track)
        }
    }

    /// A file's one thread announces its tracks one after the other, video first.
    private func publishOneByOne(_ handshakes: [TrackHandshake]) async throws {
        for handshake in handshakes {
            guard let offer = try await handshake.offer() else { continue }
            handshake.begin(try await publish(offer))
        }
    }

    /// Returns when all sources have ended.
    /// - Throws: the first error, at once: the others are still running then.
    private func waitForEnd(_ handshakes: [TrackHandshake]) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for handshake in handshakes { group.addTask { try await handshake.waitForEnd() } }
            for try await _ in group {}
        }
    }

    private func stop(_ threads: [BlockingThread], _ handshakes: [TrackHandshake]) async {
        context.termination.stopSignal.stop()
        for handshake in handshakes { handshake.cancel() }
        for thread in threads { await thread.wait() }
    }
}
