import Capture
import Client
import Logging
import Media
import Synchronization
import Wire

/// What every source of one publisher shares.
struct PublishContext: Sendable {
    /// Where packets go, once the room was entered: sources are opened before that.
    let link = PublishLink()
    let termination: Termination
    let switches: SendSwitches
    let keyframes = KeyframeRouter()
    let counters = PublishCounters()
    /// What the person sees of it; `nil` where nobody looks.
    let own: OwnView?
    /// Whether it is a person in a meeting, which goes on without camera and microphone.
    let isMeeting: Bool
    let logger: Logger
    let clock: MediaClock

    /// The instant of time stamp 0 of all tracks.
    var origin: MonotonicTime { link.origin }

    /// `instant` on a track's time line.
    func pts(_ instant: MonotonicTime, _ timeBase: TimeBase) -> Int64 {
        TimeBase.nanoseconds.rescale(instant - origin, to: timeBase)
    }

    /// Sends a packet of a layer, which is no picture of its own.
    func send(layer packet: Packet, on number: TrackID) {
        if !link.send(packet, on: number) { counters.update { $0.droppedByNetwork += 1 } }
    }

    func send(_ packet: Packet, on track: TrackID, kind: MediaKind) {
        let isSent = link.send(packet, on: track)
        counters.update { values in
            switch (isSent, kind) {
            case (false, _): values.droppedByNetwork += 1
            case (true, .video): values.videoPackets += 1
            case (true, .audio): values.audioPackets += 1
            }
        }
    }

    /// Tells which device is used: a person in a meeting at once, everybody else in the log.
    func tell(_ kind: String, source: String, name: String, format: String) {
        logger.info(
            "\(kind)", metadata: ["source": "\(source)", "device": "\(name)", "format": "\(format)"])
        if isMeeting { Output.note("* \(kind): \(name), \(format)") }
    }

    /// Tells a person in a meeting something, and the log of everybody else.
    func tell(_ text: String) {
        if isMeeting { Output.note("* \(text)") } else { logger.notice("\(text)") }
    }
}

/// Leads from the threads that capture to the session, which there is only after they were started. Any thread.
final class PublishLink: Sendable {
    private struct State {
        var session: PublishSession?
        var origin = MonotonicTime(nanoseconds: 0)
    }

    private let state = Mutex(State())

    /// The room was entered, at time stamp 0.
    func connect(_ session: PublishSession, origin: MonotonicTime) {
        state.withLock { $0 = State(session: session, origin: origin) }
    }

    /// The instant of time stamp 0.
    var origin: MonotonicTime { state.withLock(\.origin) }

    private var session: PublishSession? { state.withLock(\.session) }

    /// Sends a packet.
    /// - Returns: whether it will be sent.
    func send(_ packet: Packet, on track: TrackID) -> Bool { session?.send(packet, on: track) ?? false }

    /// Says that a track is silent or dark on purpose.
    func setMuted(_ isMuted: Bool, _ track: TrackID) { session?.setMuted(isMuted, track) }

    /// Ends a track.
    func unpublish(_ track: TrackID) { session?.unpublish(track) }
}
