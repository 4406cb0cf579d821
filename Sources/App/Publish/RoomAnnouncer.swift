import Client
import Logging
import Media
import Wire

/// Shows what happens in the room to somebody who only publishes.
struct RoomAnnouncer: SubscribeHandler {
    /// One's own identifier at present.
    let own: @Sendable () -> String
    let logger: Logger

    func received(_ packet: Packet, on track: TrackID) {}

    func handle(_ event: RoomEvent) {
        switch event {
        case .joined(let participant) where participant.id == own(): break
        case .joined(let participant): Output.said("* \(participant.name) joined")
        case .left(let participant, _): Output.said("* \(participant.name) left")
        case .away(let participant): Output.said("* \(participant.name) lost the connection")
        case .back(let participant): Output.said("* \(participant.name) is back")
        case .interrupted(let reason): Output.said("* \(reason); connecting again")
        case .restored: Output.said("* connected again")
        case .chat(let message):
            Output.said("\(TimeOfDay.text(message.time)) \(message.name): \(message.text)")
        case .recording(let state, let reason):
            Output.said("* \(RecordingText.line(state, reason: reason))")
        case .warning(let code, let message): logger.warning("\(message)", metadata: ["code": "\(code)"])
        case .dropped(let track, let count, let reason):
            logger.warning(
                "the server dropped packets for us",
                metadata: ["track": "\(track)", "count": "\(count)", "reason": "\(reason)"])
        case .trackAdded, .trackRemoved, .clock, .muted, .closed: break
        }
    }
}
