import Archive
import Logging
import Media

/// Who of a recorded meeting is in the room, and what they are told to do. Confined to one thread.
final class ReplayCast {
    private let pace: ReplayPace
    private let logger: Logger
    private let arrived: (ReplayGuest) -> Void
    private let names: [String: String]
    private var guests: [String: ReplayGuest] = [:]
    /// Of each track: its origin as it was last told, and when.
    private var origins: [Int: (origin: MonotonicTime, told: Int64)] = [:]
    /// Microseconds between two corrections of an origin.
    private static let correctionInterval: Int64 = 5_000_000
    /// Nanoseconds that an origin may be off.
    private static let tolerance: Int64 = 500_000

    /// A cast without anybody. `arrived` is given everybody who comes.
    init(
        manifest: MeetingManifest, pace: ReplayPace, logger: Logger, arrived: @escaping (ReplayGuest) -> Void
    ) {
        names = Dictionary(manifest.participants.map { ($0.id, $0.name) }) { $1 }
        self.pace = pace
        self.logger = logger
        self.arrived = arrived
    }

    /// Lets happen what is due.
    func perform(_ item: ReplayItem) {
        switch item.event {
        case .joined(let participant, let name):
            _ = guest(participant, name: name)
        case .left(let participant): guests.removeValue(forKey: participant)?.leave()
        case .trackBegan(let track): publish(track, at: item.time)
        case .packet(let track, let packet): send(packet, of: track, at: item.time)
        case .trackEnded(let track): guests[track.participant]?.put(.unpublish(track: track.id))
        case .chat(let participant, _, let text): guests[participant]?.put(.chat(text))
        case .packetsEnded, .away, .back, .gap: break
        }
    }

    /// Everybody leaves.
    func finish() {
        for guest in guests.values { guest.leave() }
        guests = [:]
    }

    private func guest(_ participant: String, name: String? = nil) -> ReplayGuest {
        if let known = guests[participant] { return known }
        let new = ReplayGuest(name: name ?? names[participant] ?? participant)
        guests[participant] = new
        arrived(new)
        return new
    }

    private func publish(_ track: ReplayTrack, at time: Int64) {
        guard var description = track.media.passThrough else {
            return logger.warning(
                "a track cannot be sent as it is",
                metadata: [
                    "participant": "\(track.participant)", "codec": "\(track.media.parameters.codecName)",
                ])
        }
        description.source = track.source
        let ticks = TimeBase.nanoseconds.rescale(
            track.clock.mediaTime(ofMeeting: time * 1000), to: track.media.timeBase)
        let origin = origin(of: track, at: ticks)
        origins[track.id] = (origin, time)
        guest(track.participant).put(.publish(track, description, origin: origin))
    }

    private func send(_ packet: Packet, of track: ReplayTrack, at time: Int64) {
        guard let guest = guests[track.participant], let last = origins[track.id] else { return }
        if time - last.told >= Self.correctionInterval {
            let origin = origin(of: track, at: packet.pts)
            let isOff = abs(origin - last.origin) > Self.tolerance
            if isOff { guest.put(.move(track: track.id, origin: origin)) }
            origins[track.id] = (isOff ? origin : last.origin, time)
        }
        guest.put(.send(track: track.id, packet))
    }

    /// When time stamp 0 would be, by what is true at `ticks`.
    private func origin(of track: ReplayTrack, at ticks: Int64) -> MonotonicTime {
        pace.instant(of: track.meetingTime(of: ticks)) + -track.media.timeBase.rescale(
            ticks, to: .nanoseconds)
    }
}
