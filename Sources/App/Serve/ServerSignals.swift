import Logging
import Relay
import ServiceLifecycle
import Synchronization
import UnixSignals

/// What signals mean to a server: SIGTERM that it is to be started again in a moment, which is what service managers send, and
/// SIGINT, the Ctrl-C of a person, that the meetings are over. SIGHUP, the end of a terminal, ends nothing.
final class ServerSignals: Sendable {
    private let wish = Mutex<RelayEnding?>(nil)

    /// How the server is to end.
    var ending: RelayEnding { wish.withLock { $0 } ?? .shutdown }

    /// Begins to listen, so that no signal ends the process from now on.
    static func trapped() async -> UnixSignalsSequence {
        await UnixSignalsSequence(trapping: .sigint, .sigterm, .sighup)
    }

    /// Ends `group` when a signal says so. Returns with its task's cancellation.
    func watch(_ signals: UnixSignalsSequence, _ group: ServiceGroup, _ logger: Logger) async {
        for await signal in signals {
            switch signal {
            case .sighup: logger.notice("SIGHUP changes nothing; the configuration is read at the start")
            case .sigint: await end(group, .shutdown)
            default: await end(group, .restart)
            }
        }
    }

    private func end(_ group: ServiceGroup, _ ending: RelayEnding) async {
        // A person who does not want to wait for a restart may still end it for good.
        wish.withLock { if $0 != .shutdown { $0 = ending } }
        await group.triggerGracefulShutdown()
    }
}
